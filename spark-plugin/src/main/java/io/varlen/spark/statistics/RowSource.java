package io.varlen.spark.statistics;

import io.varlen.InvalidInputException;
import io.varlen.packing.GroupHash;
import io.varlen.spark.dataset.DocumentKey;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.PartReader;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.PackedSource;
import io.varlen.spark.inference.TextSource;
import io.varlen.spark.inference.UnitSource;
import io.varlen.spark.inference.Units;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.InputFiles;
import io.varlen.tokenizer.SpecialTokens;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * A sample of the rows of a packed dataset, or of texts, each of which is then a row by itself. Which ones it takes follows
 * from a hash of their ids, neither from the cluster nor from the order of the files.
 */
public abstract class RowSource implements UnitSource<TokenRow> {
    /** So few that many cores have something to do. */
    private static final long TOKENS_PER_UNIT = 4096;

    private static final int MOST_UNITS = 256;

    /** Of text, roughly, in the scripts that most corpora are in. */
    private static final int BYTES_PER_TOKEN = 4;

    private final long limitTokens;
    private Set<String> sample;

    private RowSource(long limitTokens) {
        this.limitTokens = limitTokens;
    }

    /**
     * The rows of a packed dataset, as they are.
     *
     * @param limitTokens about how many tokens to take; 0 for all
     * @param model as the user named it, for messages
     * @param tokenizerSha256 of the model's tokenizer
     * @throws InvalidInputException if it is no packed dataset, or was packed with another tokenizer
     */
    public static RowSource packed(
            SparkSession session, String folder, long limitTokens, String model, String tokenizerSha256) {
        return new Packed(session, folder, limitTokens, model, tokenizerSha256);
    }

    /**
     * Texts, with the special tokens that make each a complete input of the model, cut to its length.
     *
     * @param limitTokens about how many tokens to take; 0 for all
     * @param maxLength the longest input, with its special tokens
     */
    public static RowSource texts(TextSource source, long limitTokens, SpecialTokens special, int maxLength) {
        return new Texts(source, limitTokens, special, maxLength);
    }

    /** Whether rows hold several documents, between which something could leak. */
    public abstract boolean hasBorders();

    /** How many rows there are to choose from. */
    public abstract long population();

    /** About how many tokens these hold. */
    abstract long populationTokens();

    /** The ids of all rows. */
    abstract JavaRDD<String> ids();

    /** {@inheritDoc} Each is a row of the sample. */
    @Override
    public long documents() {
        return sample() == null ? population() : sample().size();
    }

    @Override
    public OptionalLong sourceTokens() {
        return OptionalLong.empty();
    }

    @Override
    public Units units() {
        long tokens = sample() == null ? populationTokens() : Math.min(limitTokens, populationTokens());
        return Units.of((int) Math.max(1, Math.min(MOST_UNITS, tokens / TOKENS_PER_UNIT)));
    }

    /** The ids of the sample; null for all rows. */
    final Set<String> sample() {
        if (sample == null && limitTokens > 0 && populationTokens() > limitTokens) {
            double share = (double) limitTokens / populationTokens();
            sample =
                    new HashSet<>(ids().takeOrdered((int) Math.max(1, Math.round(population() * share)), new ByHash()));
        }
        return sample;
    }

    /** Says of an id whether its row is wanted. */
    final Wanted wanted(Set<Integer> complete) {
        return new Wanted(sample() == null ? null : new HashSet<>(sample()), units(), complete);
    }

    /** As a function that can be sent to tasks. */
    record Wanted(HashSet<String> sample, Units units, Set<Integer> complete) implements Serializable {
        boolean holds(String id) {
            return (sample == null || sample.contains(id)) && !complete.contains(units.of(id));
        }
    }

    private static final class ByHash implements Comparator<String>, Serializable {
        @Override
        public int compare(String a, String b) {
            GroupHash hash = new GroupHash(0);
            int byHash = Long.compareUnsigned(hash.of(a), hash.of(b));
            return byHash != 0 ? byHash : a.compareTo(b);
        }
    }

    private static final class Packed extends RowSource {
        private final SparkSession session;
        private final JavaSparkContext spark;
        private final PackedDataset dataset;
        private final InputFiles files;

        Packed(SparkSession session, String folder, long limitTokens, String model, String tokenizerSha256) {
            super(limitTokens);
            this.session = session;
            this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
            this.dataset = PackedDataset.open(spark.hadoopConfiguration(), folder);
            PackedSource.requireSameTokenizer(
                    "attend to", folder, dataset.manifest().tokenizer(), model, tokenizerSha256);
            this.files = PackedSource.filesOf(spark, folder);
        }

        @Override
        public boolean hasBorders() {
            return true;
        }

        @Override
        public long population() {
            return dataset.manifest().parts().stream()
                    .mapToLong(Manifest.Part::rows)
                    .sum();
        }

        @Override
        long populationTokens() {
            return dataset.manifest().packing().ledger().total().packedTokens();
        }

        @Override
        JavaRDD<String> ids() {
            return PartReader.read(session, dataset.partPaths())
                    .select("row_id")
                    .toJavaRDD()
                    .map(row -> Long.toString(row.getLong(0)));
        }

        @Override
        public InputFiles files() {
            return files;
        }

        @Override
        public Map<String, String> options() {
            return Map.of("packed-digest", dataset.manifest().packing().digest());
        }

        @Override
        public int partitions() {
            return dataset.manifest().parts().size();
        }

        @Override
        public long quarantinedDocuments() {
            return 0;
        }

        @Override
        public JavaRDD<BadRecord> badRecords() {
            return spark.emptyRDD();
        }

        @Override
        public JavaRDD<TokenRow> byUnit(Set<Integer> complete) {
            Broadcast<Wanted> wanted = spark.broadcast(wanted(complete));
            return dataset.rows(spark)
                    .filter(row -> wanted.value().holds(Long.toString(row.rowId())))
                    .mapToPair(row -> new Tuple2<>(
                            new DocumentKey(Long.toString(row.rowId()), 0),
                            new TokenRow(
                                    "row_id " + row.rowId(),
                                    Arrays.copyOf(row.inputIds(), row.nTokens()),
                                    row.cuSeqlens().toArray())))
                    .repartitionAndSortWithinPartitions(units())
                    .values();
        }
    }

    private static final class Texts extends RowSource {
        private final TextSource source;
        private final SpecialTokens special;
        private final int textLength;

        Texts(TextSource source, long limitTokens, SpecialTokens special, int maxLength) {
            super(limitTokens);
            this.source = source;
            this.special = special;
            this.textLength = maxLength - special.count();
            if (textLength < 1) {
                throw new InvalidInputException("--max-length " + maxLength + " leaves no room for text beside "
                        + special.count() + " special tokens; it is at least " + (special.count() + 1));
            }
        }

        @Override
        public boolean hasBorders() {
            return false;
        }

        @Override
        public long population() {
            return source.documents();
        }

        @Override
        long populationTokens() {
            return source.utf8Bytes() / BYTES_PER_TOKEN + source.documents() * special.count();
        }

        @Override
        JavaRDD<String> ids() {
            return source.ids();
        }

        @Override
        public InputFiles files() {
            return source.files();
        }

        @Override
        public Map<String, String> options() {
            return source.options();
        }

        @Override
        public int partitions() {
            return source.partitions();
        }

        @Override
        public long quarantinedDocuments() {
            return source.quarantinedDocuments();
        }

        @Override
        public JavaRDD<BadRecord> badRecords() {
            return source.badRecords();
        }

        @Override
        public JavaRDD<TokenRow> byUnit(Set<Integer> complete) {
            Wanted wanted = wanted(complete);
            SpecialTokens around = special;
            int most = textLength;
            return source.byUnit(units(), wanted::holds).map(document -> row(document, around, most));
        }

        private static TokenRow row(DocumentIds document, SpecialTokens special, int textLength) {
            int[] ids = special.around(document.ids(), 0, Math.min(textLength, document.ids().length));
            int[] offsets = ids.length == 0 ? new int[] {0} : new int[] {0, ids.length};
            return new TokenRow("document " + document.docId(), ids, offsets);
        }
    }
}
