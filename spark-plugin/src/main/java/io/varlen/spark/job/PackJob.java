package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.Digest;
import io.varlen.packing.GroupHash;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.PackingRules;
import io.varlen.packing.RowLimits;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.OutputFolder.State;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.Survey;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.OncePerPartition;
import io.varlen.spark.metrics.StageCounters;
import io.varlen.spark.metrics.TaskWork;
import io.varlen.tokenizer.Tokenizer;
import java.io.Serializable;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/**
 * {@code pack}: text → packed dataset.
 *
 * <p>A survey of the input decides the number of groups. Documents are tokenized and shuffled by group; the lengths that
 * the shuffle's map side counts give each group's plan and so the ids of its rows; then each group is dealt into rows
 * and written as one unit, on its own.
 */
public final class PackJob {
    static final String COMMAND = "pack";

    private final SparkSession session;
    private final JavaSparkContext spark;
    private final Configuration hadoop;
    private final PackOptions options;
    private final JobProgress progress;
    private final TokenizerProvider tokenizers;
    private final LongBinaryOperator groupCount;
    private final Base base;
    private TaskWork tokenizing = TaskWork.NONE;

    /**
     * What is there before the rows of this job.
     *
     * @param firstRowId of the rows
     * @param firstSource the number of the first input
     */
    record Base(long firstRowId, int firstSource) implements Serializable {
        static final Base NOTHING = new Base(0, 0);
    }

    public PackJob(SparkSession session, PackOptions options, JobProgress progress) {
        this(session, options, progress, TokenizerProvider.ENGINE, GroupHash::groupCount, Base.NOTHING);
    }

    /** @param groupCount the number of groups for so many documents and bytes */
    PackJob(
            SparkSession session,
            PackOptions options,
            JobProgress progress,
            TokenizerProvider tokenizers,
            LongBinaryOperator groupCount) {
        this(session, options, progress, tokenizers, groupCount, Base.NOTHING);
    }

    PackJob(
            SparkSession session,
            PackOptions options,
            JobProgress progress,
            TokenizerProvider tokenizers,
            LongBinaryOperator groupCount,
            Base base) {
        this.base = base;
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.hadoop = spark.hadoopConfiguration();
        this.options = options;
        this.progress = progress;
        this.tokenizers = tokenizers;
        this.groupCount = groupCount;
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if input, options or output folder are not as they must be
     */
    public JobReport run() {
        long started = System.nanoTime();
        PackSource source = source();
        int padId = padId();
        Fingerprint fingerprint = fingerprint(source, padId);
        OutputFolder output =
                OutputFolder.open(hadoop, options.output(), fingerprint, source.files(), options.overwrite());
        if (output.state() == State.UNCHANGED) {
            return new JobReport(
                    COMMAND, true, new LinkedHashMap<>(output.manifest().figures()));
        }
        StartNotes.tell(progress, source.files(), output);
        Survey survey = survey(source);
        int groups = Math.toIntExact(groupCount.applyAsLong(survey.documents(), survey.utf8Bytes()));
        SortedMap<Integer, CompleteUnit> before = output.completeUnits();
        quarantine(source, survey, output);
        if (before.size() < groups) {
            pack(source, survey, output, groups, before, padId);
        }
        return commit(output, source, survey, groups, before, padId, started);
    }

    private Fingerprint fingerprint(PackSource source, int padId) {
        Map<String, String> content = contentOptions(padId);
        content.putAll(source.options());
        return Fingerprint.of(COMMAND, content, source.files());
    }

    /** What decides the rows. */
    Fingerprint fingerprint() {
        return fingerprint(source(), padId());
    }

    private PackSource source() {
        List<String> inputs = options.input().inputs();
        Optional<String> dataset = PackedDataset.among(inputs, hadoop);
        if (dataset.isEmpty()) {
            return TextPackSource.open(session, options, tokenizers);
        }
        if (inputs.size() > 1) {
            throw new InvalidInputException("--input " + dataset.get()
                    + " is a packed dataset, which must be the only --input; pack the others by themselves");
        }
        return PackedPackSource.open(
                spark, options, tokenizers.open(options.tokenizer()).specialTokens());
    }

    int padId() {
        Tokenizer tokenizer = tokenizers.open(options.tokenizer());
        // says now, not in a task, that rows are too short for the special tokens
        options.specialTokens()
                .sequenceOf(
                        new int[0],
                        0,
                        0,
                        tokenizer.specialTokens(),
                        options.rules().limits().pieceLimit());
        return options.padId() == null ? tokenizer.specialTokens().padId() : options.padId();
    }

    private Map<String, String> contentOptions(int padId) {
        Map<String, String> content = new HashMap<>();
        content.put("input-format", options.input().format().optionName());
        DocumentColumns columns = options.input().columns();
        content.put("content", columns.kind().manifestName());
        content.put("columns", String.join(",", columns.names()));
        content.put(
                "id-column",
                options.input().idColumn() == null ? "" : options.input().idColumn());
        content.put("tokenizer", options.tokenizer().sha256());
        content.put("seq-len", Integer.toString(options.seqLen()));
        content.put("special-tokens", options.specialTokens().optionName());
        content.put("pad-id", Integer.toString(padId));
        content.put("seed", Long.toString(options.seed()));
        content.put("emit", String.join(",", emittedNames()));
        content.put("bad-records", options.badRecords().optionName());
        content.put("epoch", Integer.toString(options.epoch()));
        PackingRules rules = options.rules();
        content.put("strategy", rules.strategy().optionName());
        content.put("overflow", rules.overflow().optionName());
        RowLimits limits = rules.limits();
        content.put("pad-to-multiple", Integer.toString(limits.padToMultiple()));
        content.put("max-documents-per-row", named(maxDocumentsPerRow()));
        content.put("max-squared-length", named(maxSquaredLength()));
        return content;
    }

    /** Null if there is no such limit. */
    private Integer maxDocumentsPerRow() {
        int most = options.rules().limits().maxDocuments();
        return most == RowLimits.ANY_NUMBER ? null : most;
    }

    /** Null if there is no such bound. */
    private Long maxSquaredLength() {
        long bound = options.rules().limits().maxSquaredLength();
        return bound == RowLimits.UNBOUNDED ? null : bound;
    }

    private static String named(Object limit) {
        return limit == null ? "" : limit.toString();
    }

    private List<String> emittedNames() {
        return options.emittedColumns().stream().map(DerivedColumn::columnName).toList();
    }

    private Survey survey(PackSource source) {
        return during("survey", source.partitions(), "partitions", () -> source.survey(options.badRecords()));
    }

    private void quarantine(PackSource source, Survey survey, OutputFolder output) {
        if (survey.badRecords() == 0) {
            return;
        }
        int firstSource = base.firstSource();
        JavaRDD<BadRecord> bad = source.badRecords(survey)
                .map(record -> record.withSource(firstSource + record.source()))
                .persist(StorageLevel.DISK_ONLY());
        during("quarantine", source.partitions(), "partitions", bad::count);
        long listed = output.quarantine(bad.toLocalIterator());
        bad.unpersist();
        if (listed != survey.badRecords()) {
            throw new IllegalStateException("the survey saw " + survey.badRecords() + " bad records, now there are "
                    + listed + ": the input changed while it was read");
        }
        progress.note(StartNotes.counted(listed, "bad record") + " listed in _varlen/quarantine");
    }

    /** @param before the units that need not be made: a task that outlives its job may complete more at any time */
    private void pack(
            PackSource source,
            Survey survey,
            OutputFolder output,
            int groups,
            SortedMap<Integer, CompleteUnit> before,
            int padId) {
        GroupPartitioner partitioner = new GroupPartitioner(IntStream.range(0, groups)
                .filter(group -> !before.containsKey(group))
                .toArray());
        OncePerPartition<HashMap<Integer, GroupCounts>> counter = new OncePerPartition<>(TokenizeTask::merge);
        OncePerPartition<TaskWork> work = new OncePerPartition<>(TaskWork::plus);
        spark.sc().register(counter);
        spark.sc().register(work);
        JavaPairRDD<Integer, byte[]> shuffled = source.documents(survey)
                .mapPartitionsToPair(new TokenizeTask(
                        options,
                        groups,
                        source.sources().size(),
                        partitioner,
                        counter,
                        work,
                        StageCounters.of(spark.sc())))
                .partitionBy(partitioner);
        // the map side of the shuffle, and one task of the other side that reads nothing: the next job finds the files
        during(
                source.stage(),
                source.partitions(),
                "partitions",
                () -> shuffled.mapPartitions(records -> Collections.emptyIterator())
                        .collectPartitions(new int[] {0}));
        tokenizing = work.value() == null ? TaskWork.NONE : work.value();
        Map<Integer, GroupCounts> counts = counter.value() == null ? Map.of() : counter.value();
        refuseTooLong(source, counts.values());
        Map<Integer, Long> rows = countRows(shuffled, partitioner, counts, padId);
        PackUnitTask packUnit = new PackUnitTask(
                partitioner,
                spark.broadcast(plan(source, counts, rows, before, groups)),
                options,
                source.sources().size(),
                base.firstSource(),
                padId,
                output.staging(),
                new HadoopConfiguration(hadoop),
                StageCounters.of(spark.sc()));
        during(
                "pack",
                partitioner.numPartitions(),
                "groups",
                () -> shuffled.mapPartitionsWithIndex(packUnit, false).count());
    }

    /** @throws InvalidInputException if a document is too long and none may be */
    private void refuseTooLong(PackSource source, Collection<GroupCounts> counts) {
        counts.stream()
                .reduce((a, b) ->
                        new GroupCounts(source.sources().size()).merge(a).merge(b))
                .filter(all -> all.tooLong() > 0)
                .ifPresent(all -> {
                    GroupCounts.TooLong first = all.firstTooLong();
                    throw new InvalidInputException("document " + first.docId() + " of input "
                            + source.sources().get(first.source()) + " has " + first.tokens()
                            + " tokens, but a row has room for "
                            + options.rules().limits().pieceLimit()
                            + (all.tooLong() == 1 ? "" : ", and " + (all.tooLong() - 1) + " more are too long")
                            + "; pack with a longer --seq-len, or --overflow "
                            + (options.input().columns().masked()
                                    ? "truncate-head, truncate-tail or drop; --split-masked splits completions, too"
                                    : "split, split-overlap N, truncate-head, truncate-tail or drop"));
                });
    }

    /** How many rows each group will have; where lengths alone do not tell, the group is dealt out once for its number. */
    private Map<Integer, Long> countRows(
            JavaPairRDD<Integer, byte[]> shuffled,
            GroupPartitioner partitioner,
            Map<Integer, GroupCounts> counts,
            int padId) {
        Map<Integer, Long> rows = new HashMap<>();
        counts.forEach((group, counted) ->
                options.rules().rows(counted.pieces()).ifPresent(planned -> rows.put(group, planned)));
        if (rows.size() < counts.size()) {
            CountRowsTask task = new CountRowsTask(partitioner, options, padId);
            during(
                            "plan",
                            partitioner.numPartitions(),
                            "groups",
                            () -> shuffled.mapPartitionsWithIndex(task, false).collect())
                    .forEach(counted -> rows.put(counted._1(), counted._2()));
        }
        return rows;
    }

    /** The plans of the groups that are not complete; the row ids count through all groups. */
    private Map<Integer, UnitPlan> plan(
            PackSource source,
            Map<Integer, GroupCounts> counts,
            Map<Integer, Long> counted,
            SortedMap<Integer, CompleteUnit> complete,
            int groups) {
        GroupCounts none = new GroupCounts(source.sources().size());
        Map<Integer, UnitPlan> plans = new HashMap<>();
        long rowId = base.firstRowId();
        for (int group = 0; group < groups; group++) {
            if (complete.containsKey(group)) {
                rowId += complete.get(group).rows();
            } else {
                long rows = counted.getOrDefault(group, 0L);
                Ledger came = counts.getOrDefault(group, none).ledger();
                plans.put(group, new UnitPlan(rowId, rows, came));
                rowId += rows;
            }
        }
        return plans;
    }

    private JobReport commit(
            OutputFolder output,
            PackSource source,
            Survey survey,
            int groups,
            SortedMap<Integer, CompleteUnit> before,
            int padId,
            long started) {
        progress.stage("commit", 1, "datasets");
        SortedMap<Integer, CompleteUnit> units = output.completeUnits();
        if (units.size() != groups) {
            throw new IllegalStateException(units.size() + " of " + groups + " units are complete");
        }
        PackSummary summary = PackSummary.of(units.values(), survey);
        LinkedHashMap<String, Object> figures = summary.figures(options.rules().limits());
        double seconds = (System.nanoTime() - started) / 1e9;
        long packedBefore =
                before.values().stream().mapToLong(PackSummary::packedTokens).sum();
        WorkFigures.put(figures, WorkFigures.of(units.values()).plus(tokenizing));
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", (summary.ledger().total().packedTokens() - packedBefore) / seconds);
        Manifest.PackingEntry packing = entry(source.sources(), padId, groups, survey.utf8Bytes(), summary);
        Manifest.TokenizerEntry tokenizer = output.keep(options.tokenizer());
        output.commit(
                units,
                (fingerprint, parts) -> new Manifest(Manifest.FORMAT, fingerprint, parts, tokenizer, packing, figures));
        progress.advance(1);
        return new JobReport(COMMAND, false, figures);
    }

    /** How the rows are packed, before there is one. */
    Manifest.PackingEntry entry() {
        PackSummary nothing =
                new PackSummary(0, new LengthHistogram(), new LengthHistogram(), new Digest(), new Ledger(List.of()));
        return entry(List.of(), padId(), 0, 0, nothing);
    }

    private Manifest.PackingEntry entry(
            List<String> sources, int padId, int groups, long utf8Bytes, PackSummary summary) {
        return new Manifest.PackingEntry(
                options.rules().strategy().optionName(),
                options.rules().overflow().optionName(),
                options.seqLen(),
                options.rules().limits().padToMultiple(),
                maxDocumentsPerRow(),
                maxSquaredLength(),
                padId,
                options.input().columns().kind().manifestName(),
                options.input().columns().masked(),
                options.specialTokens().optionName(),
                summary.rows(),
                base.firstRowId() + summary.rows(),
                groups,
                emittedNames(),
                sources,
                utf8Bytes,
                Manifest.Lengths.of(summary.documents()),
                Manifest.Lengths.of(summary.lengths()),
                summary.ledger(),
                summary.digest().hex());
    }

    private <T> T during(String stage, long total, String unit, Supplier<T> work) {
        return TaskProgress.during(spark, progress, stage, total, unit, work);
    }
}
