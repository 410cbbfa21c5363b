package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import io.varlen.Sha256;
import io.varlen.packing.Digest;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.OncePerPartition;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * The documents of the inputs, as Spark reads them.
 *
 * <p>Bad records are values: no task fails because of what a file holds. Ids, and so everything that is made of them,
 * depend neither on the number of partitions nor on the order of the files.
 */
public final class DocumentSource {
    private static final int MAX_BUCKETS = 2000;

    private final JavaSparkContext spark;
    private final InputOptions options;
    private final InputFiles files;
    private final HadoopConfiguration hadoop;
    private final List<ArrayList<InputSplit>> partitions;

    private DocumentSource(SparkSession session, InputOptions options, InputFiles files) {
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.options = options;
        this.files = files;
        this.hadoop = new HadoopConfiguration(spark.hadoopConfiguration());
        int wanted = VarlenConf.INPUT_PARTITIONS.get(session).orElse(0);
        this.partitions =
                InputSplits.plan(files.files(), options.format(), wanted, spark.defaultParallelism(), hadoop.get());
    }

    /**
     * Finds the files and checks what can be checked without reading them through.
     *
     * @throws InvalidInputException if an input does not exist, holds no file, or lacks the text column or a named id
     *     column
     */
    public static DocumentSource open(SparkSession spark, InputOptions options) {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        InputFiles files = InputFiles.resolve(options, hadoop);
        if (options.format() == InputFormat.PARQUET) {
            IntStream.range(0, files.inputs().size())
                    .mapToObj(files::firstOf)
                    .forEach(first -> ParquetTextReader.check(first, options, hadoop));
        }
        return new DocumentSource(spark, options, files);
    }

    public InputFiles files() {
        return files;
    }

    /** How many partitions the files are read in. No result depends on it. */
    public int partitions() {
        return partitions.size();
    }

    /**
     * Reads everything once: validates it, counts it, and finds repeated ids where an id column is in force.
     *
     * @throws InvalidInputException under {@link BadRecordPolicy#FAIL} if there is a bad record, naming the first one by
     *     source, path and offset, or else a repeated id; under either policy if an input lacks the named id column
     */
    public Survey survey(BadRecordPolicy policy) {
        OncePerPartition<ArrayList<SourceCounts>> counter = new OncePerPartition<>(SurveyTask::merge);
        spark.sc().register(counter);
        Set<IdHash> suspects = readAll(counter);
        List<SourceCounts> counts = counter.value();
        requireIdColumn(counts);
        if (policy == BadRecordPolicy.FAIL) {
            counts.stream()
                    .map(SourceCounts::firstBadRecord)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .ifPresent(DocumentSource::fail);
        }
        files.requireDistinctNames(file -> !counts.get(file.source()).ownIds());
        RepeatedIds repeated = repeatedIds(suspects, counts);
        if (policy == BadRecordPolicy.FAIL && repeated.example() != null) {
            throw new InvalidInputException(repeated.example());
        }
        return survey(counts, repeated);
    }

    /**
     * What all records say, whatever their order and wherever they are: the sum modulo 2^256 of the SHA-256 of each record's
     * id and content, or of why it is no document. Reads everything once.
     *
     * @return 64 lower-case hexadecimal digits
     */
    public String contentHash() {
        return splits().mapPartitions(new HashTask(options, hadoop))
                .reduce(Digest::merge)
                .hex();
    }

    /** The good documents, each once. */
    public JavaRDD<Document> documents(Survey survey) {
        return records(survey).mapPartitions(records -> only(records, Document.class));
    }

    /** The bad records, each once. */
    public JavaRDD<BadRecord> badRecords(Survey survey) {
        return records(survey).mapPartitions(records -> only(records, BadRecord.class));
    }

    private JavaRDD<InputRecord> records(Survey survey) {
        Broadcast<IdRule> rule = spark.broadcast(new IdRule(survey, options.format()));
        return splits().flatMap(new ReadTask(options, hadoop, rule));
    }

    private JavaRDD<ArrayList<InputSplit>> splits() {
        return spark.parallelize(partitions, partitions.size());
    }

    private Set<IdHash> readAll(OncePerPartition<ArrayList<SourceCounts>> counter) {
        int buckets = Math.min(partitions.size(), MAX_BUCKETS);
        List<IdHash> suspects = splits().flatMapToPair(
                        new SurveyTask(options, hadoop, files.inputs().size(), buckets, counter))
                .partitionBy(new HashPartitioner(buckets))
                .mapPartitions(bucket -> IdHashBlocks.repeated(bucket, RepeatedIds.LIMIT))
                .collect();
        if (suspects.size() >= RepeatedIds.LIMIT) {
            throw new InvalidInputException(
                    "more than " + RepeatedIds.LIMIT + " document ids are there more than once; '"
                            + options.effectiveIdColumn() + "' is no id column, name another with --id-column");
        }
        return new HashSet<>(suspects);
    }

    private void requireIdColumn(List<SourceCounts> counts) {
        for (int source = 0; source < counts.size(); source++) {
            if (options.idColumn() != null
                    && !counts.get(source).ownIds()
                    && counts.get(source).records() > 0) {
                throw new InvalidInputException(
                        "no record of the input " + options.inputs().get(source) + " has the id column '"
                                + options.idColumn() + "'; name another with --id-column, or leave it out");
            }
        }
    }

    private RepeatedIds repeatedIds(Set<IdHash> suspects, List<SourceCounts> counts) {
        if (suspects.isEmpty()) {
            return new RepeatedIds(List.of(), counts.size());
        }
        Broadcast<Set<IdHash>> wanted = spark.broadcast(suspects);
        List<RepeatedIds.Copy> copies = documents(survey(counts, new RepeatedIds(List.of(), counts.size())))
                .filter(document -> wanted.getValue().contains(IdHash.of(document.docId())))
                .map(RepeatedIds.Copy::of)
                .collect();
        return new RepeatedIds(copies, counts.size());
    }

    private static Survey survey(List<SourceCounts> counts, RepeatedIds repeated) {
        List<Survey.SourceSurvey> sources = new ArrayList<>();
        for (int source = 0; source < counts.size(); source++) {
            sources.add(counts.get(source).toSurvey(repeated.count(source), repeated.bytes(source)));
        }
        return new Survey(sources, repeated.places());
    }

    private static void fail(BadRecord bad) {
        throw new InvalidInputException(bad + " (--bad-records quarantine lists such records and leaves them out)");
    }

    private static <T extends InputRecord> Iterator<T> only(Iterator<InputRecord> records, Class<T> kind) {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(records, 0), false)
                .filter(kind::isInstance)
                .map(kind::cast)
                .iterator();
    }

    /** Adds up the hashes of one partition's records. */
    private static final class HashTask implements FlatMapFunction<Iterator<ArrayList<InputSplit>>, Digest> {
        private final InputOptions options;
        private final HadoopConfiguration hadoop;

        HashTask(InputOptions options, HadoopConfiguration hadoop) {
            this.options = options;
            this.hadoop = hadoop;
        }

        @Override
        public Iterator<Digest> call(Iterator<ArrayList<InputSplit>> partition) {
            Digest digest = new Digest();
            while (partition.hasNext()) {
                RecordIterator records = new RecordIterator(partition.next(), options, hadoop.get());
                while (records.hasNext()) {
                    digest.add(hash(records.next()));
                }
            }
            return List.of(digest).iterator();
        }

        private static byte[] hash(InputRecord record) {
            boolean good = record instanceof Document;
            String docId = record instanceof Document document ? document.docId() : ((BadRecord) record).docId();
            byte[] id = String.valueOf(docId).getBytes(StandardCharsets.UTF_8);
            byte[] content = record instanceof Document document
                    ? document.text()
                    : ((BadRecord) record).reason().getBytes(StandardCharsets.UTF_8);
            ByteBuffer all = ByteBuffer.allocate(Math.addExact(2 + Integer.BYTES + id.length, content.length));
            all.put((byte) (good ? 1 : 0)).put((byte) (docId == null ? 0 : 1));
            return Sha256.of(all.putInt(id.length).put(id).put(content).array());
        }
    }

    /** Reads one partition, ids resolved. */
    private static final class ReadTask implements FlatMapFunction<ArrayList<InputSplit>, InputRecord>, Serializable {
        private final InputOptions options;
        private final HadoopConfiguration hadoop;
        private final Broadcast<IdRule> rule;

        ReadTask(InputOptions options, HadoopConfiguration hadoop, Broadcast<IdRule> rule) {
            this.options = options;
            this.hadoop = hadoop;
            this.rule = rule;
        }

        @Override
        public Iterator<InputRecord> call(ArrayList<InputSplit> splits) {
            RecordIterator records = new RecordIterator(splits, options, hadoop.get());
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return records.hasNext();
                }

                @Override
                public InputRecord next() {
                    InputRecord record = records.next();
                    return rule.getValue().apply(record, records.file());
                }
            };
        }
    }
}
