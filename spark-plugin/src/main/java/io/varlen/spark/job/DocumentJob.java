package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.engine.TokenBudget;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.PackedSource;
import io.varlen.spark.inference.TextSource;
import io.varlen.spark.inference.TokenSource;
import io.varlen.spark.inference.UnitSource;
import io.varlen.spark.inference.UnitWork;
import io.varlen.spark.metrics.StageCounters;
import io.varlen.spark.metrics.TaskWork;
import io.varlen.tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all jobs do that give every document to a model: find the documents and the output, compute what is missing of it
 * unit by unit, prove that nothing is missing, and commit.
 */
final class DocumentJob {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentJob.class);

    private final SparkSession session;
    private final JavaSparkContext spark;
    private final String command;
    private final DocumentOptions options;
    private final JobProgress progress;

    /** @param command its name, a verb */
    DocumentJob(SparkSession session, String command, DocumentOptions options, JobProgress progress) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.command = command;
        this.options = options;
        this.progress = progress;
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @param kind makes the work of the model's files and special tokens
     * @throws InvalidInputException if input, model, options or output folder are not as they must be
     */
    <T> JobReport run(BiFunction<ModelFiles, SpecialTokens, DocumentWork<T>> kind) {
        long start = System.nanoTime();
        Engine engine = Engine.get();
        ModelFiles files = engine.model(options.model());
        SpecialTokens special = engine.tokenizer(files.tokenizer()).specialTokens();
        DocumentWork<T> work = kind.apply(files, special);
        UnitSource<T> source = work.source();
        OutputFolder output = OutputFolder.open(
                spark.hadoopConfiguration(),
                options.output(),
                fingerprint(work, files),
                source.files(),
                options.overwrite());
        if (output.state() == OutputFolder.State.UNCHANGED) {
            return new JobReport(
                    command, true, new LinkedHashMap<>(output.manifest().figures()));
        }
        StartNotes.tell(progress, source.files(), output);
        openAhead(work, engine);
        during("survey", source.partitions(), "partitions", source::documents);
        Collection<CompleteUnit> before = unitsOf(source, output);
        compute(work, output);
        Collection<CompleteUnit> units = unitsOf(source, output);
        requireAll(work, units, special);
        quarantine(source, output);
        double seconds = (System.nanoTime() - start) / 1e9;
        LinkedHashMap<String, Object> figures = figures(work, before, units, seconds);
        Manifest.TokenizerEntry tokenizer = output.keep(files.tokenizer());
        Map<String, byte[]> beside = conclude(work, output, units);
        output.commit(
                output.completeUnits(),
                beside,
                (job, parts) -> new Manifest(Manifest.FORMAT, job, parts, tokenizer, null, figures));
        return new JobReport(command, false, figures);
    }

    /**
     * Where the driver's JVM also runs the tasks, what they compute with is opened while the input is surveyed. What goes wrong
     * is left to the first task, which meets it again.
     */
    private void openAhead(DocumentWork<?> work, Engine engine) {
        if (session.sparkContext().isLocal()) {
            Thread opening = new Thread(
                    () -> {
                        try {
                            work.open(engine);
                        } catch (RuntimeException e) {
                            LOG.debug("not opened ahead: {}", e.getMessage());
                        }
                    },
                    "varlen-open-ahead");
            opening.setDaemon(true);
            opening.start();
        }
    }

    /** The units that hold documents, in their order; not what was made of all of them. */
    private static Collection<CompleteUnit> unitsOf(UnitSource<?> source, OutputFolder output) {
        return output.completeUnits().headMap(source.units().count()).values();
    }

    private static Map<String, byte[]> conclude(
            DocumentWork<?> work, OutputFolder output, Collection<CompleteUnit> units) {
        try {
            return work.conclude(output, units);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With the session's backend where the job names none; without one it is each executor's. */
    static TaskModel taskModel(
            SparkSession session, DocumentOptions options, ModelFiles files, TokenBudget tokenBudget) {
        Compute asked = options.compute();
        Compute compute = asked.backend() != null
                ? asked
                : new Compute(VarlenConf.BACKEND.get(session).orElse(null), asked.dtype());
        return new TaskModel(options.model().withSha256(files.sha256()), compute, tokenBudget);
    }

    /**
     * {@code --max-length}, or the model's own limit.
     *
     * @throws InvalidInputException if the model has not so many positions
     */
    int maxLength(ModelFiles files) {
        return maxLength(options, files);
    }

    static int maxLength(DocumentOptions options, ModelFiles files) {
        Integer asked = options.maxLength();
        if (asked == null) {
            return files.maxLength();
        }
        int positions = files.config().maxPositions();
        if (asked > positions) {
            throw new InvalidInputException("--max-length is " + asked + "; model "
                    + options.model().name() + " has positions for " + positions + " tokens");
        }
        return asked;
    }

    /** Which model it was, in every job's figures. */
    Map<String, Object> modelFigures(ModelFiles files) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("model", options.model().name());
        figures.put("model_sha256", files.sha256());
        return figures;
    }

    /** @param before the units that an earlier run left complete */
    private LinkedHashMap<String, Object> figures(
            DocumentWork<?> work, Collection<CompleteUnit> before, Collection<CompleteUnit> units, double seconds) {
        LinkedHashMap<String, Object> figures = work.figures(units);
        figures.put("backend", String.join(", ", work.backends(units)));
        figures.put("dtype", options.compute().dtype().optionName());
        TaskWork all = WorkFigures.of(units);
        figures.put("batch_fill", all.fill().share());
        WorkFigures.put(figures, all);
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", (work.encodedTokens(units) - work.encodedTokens(before)) / seconds);
        return figures;
    }

    private Fingerprint fingerprint(DocumentWork<?> work, ModelFiles files) {
        Map<String, String> content = new TreeMap<>(work.source().options());
        content.put("model", files.sha256());
        content.put("dtype", options.compute().dtype().optionName());
        content.put("tokenizer", files.tokenizer().sha256());
        content.putAll(work.contentOptions());
        return Fingerprint.of(command, content, work.source().files());
    }

    /** The documents, whether they are text or packed. */
    TokenSource documents(ModelFiles files, SpecialTokens special) {
        return documents(files, special, "");
    }

    /**
     * The same with a prompt before each text.
     *
     * @throws InvalidInputException if there is a prompt and the documents are packed
     */
    TokenSource documents(ModelFiles files, SpecialTokens special, String prompt) {
        Optional<String> dataset = packedDataset();
        if (dataset.isEmpty()) {
            return texts(files, prompt);
        }
        if (!prompt.isEmpty()) { // tokenized with the text as one, and the text is not there any more
            throw new InvalidInputException("--input " + dataset.get() + " holds token ids, before which the prompt of"
                    + " model " + options.model().name() + " cannot be put; " + command + " the text itself, or give"
                    + " --prompt '' to go without a prompt");
        }
        return PackedSource.open(
                spark,
                command,
                dataset.get(),
                options.model().name(),
                files.tokenizer().sha256(),
                special);
    }

    /** The texts, with a prompt before each; "" for none. */
    TextSource texts(ModelFiles files, String prompt) {
        return TextSource.open(session, options.input(), options.badRecords(), files.tokenizer(), prompt);
    }

    /** The packed dataset that is the input. */
    Optional<String> packedDataset() {
        List<String> inputs = options.input().inputs();
        Optional<String> dataset = PackedDataset.among(inputs, spark.hadoopConfiguration());
        if (dataset.isPresent() && inputs.size() > 1) {
            throw new InvalidInputException("--input " + dataset.get()
                    + " is a packed dataset, which must be the only --input; " + command
                    + " the others by themselves");
        }
        return dataset;
    }

    private <T> void compute(DocumentWork<T> work, OutputFolder output) {
        UnitSource<T> source = work.source();
        TreeSet<Integer> complete = new TreeSet<>();
        unitsOf(source, output).forEach(unit -> complete.add(unit.unit()));
        if (complete.size() == source.units().count()) {
            return;
        }
        JobTrace trace = JobTrace.of(spark, options.trace());
        UnitWork<T> task = new Counted<>(work.in(output.staging(), trace), StageCounters.of(spark.sc()));
        JavaRDD<T> units = source.byUnit(complete);
        try {
            during(command, source.partitions() + units.getNumPartitions(), "tasks", () -> {
                units.foreachPartition(documents -> {
                    int unit = TaskContext.getPartitionId();
                    if (!complete.contains(unit)) {
                        task.run(unit, documents);
                    }
                });
                return null;
            });
        } finally { // what is known of a job that fails, too
            trace.lines().forEach(progress::note);
        }
    }

    /** Work whose tasks are seen from outside: the counters come along with it. */
    private record Counted<T>(UnitWork<T> work, StageCounters counters) implements UnitWork<T> {
        @Override
        public void run(int unit, Iterator<T> documents) throws IOException {
            work.run(unit, documents);
        }
    }

    private <T> T during(String stage, long total, String unit, Supplier<T> work) {
        try {
            return TaskProgress.during(spark, progress, stage, total, unit, work);
        } catch (Exception e) { // Spark's own is checked, but undeclared
            throw TaskFailure.of(e);
        }
    }

    private void requireAll(DocumentWork<?> work, Collection<CompleteUnit> units, SpecialTokens special) {
        UnitSource<?> source = work.source();
        long documents = work.documents(units);
        if (units.size() != source.units().count() || documents != source.documents()) {
            throw new IllegalStateException(command + ": " + documents + " documents in " + units.size()
                    + " units; there must be " + source.documents() + " in "
                    + source.units().count());
        }
        long sourceTokens = work.tokens(units) - documents * special.count();
        if (sourceTokens != source.sourceTokens().orElse(sourceTokens)) {
            throw new IllegalStateException("the rows hold " + sourceTokens + " tokens of text; the packed dataset's"
                    + " manifest counts " + source.sourceTokens().getAsLong()
                    + "; the dataset is damaged, verify says where");
        }
    }

    private void quarantine(UnitSource<?> source, OutputFolder output) {
        if (source.quarantinedDocuments() > 0) {
            long listed = output.quarantine(source.badRecords().toLocalIterator());
            progress.note(StartNotes.counted(listed, "bad record") + " listed in _varlen/quarantine");
        }
    }
}
