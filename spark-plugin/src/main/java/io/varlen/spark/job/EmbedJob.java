package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.embedding.DocumentIds;
import io.varlen.spark.embedding.EmbeddingCounts;
import io.varlen.spark.embedding.EmbeddingSource;
import io.varlen.spark.embedding.ModelInput;
import io.varlen.spark.embedding.PackedSource;
import io.varlen.spark.embedding.TextSource;
import io.varlen.spark.embedding.UnitEmbedder;
import io.varlen.spark.embedding.UnitEmbedder.Outcome;
import io.varlen.spark.embedding.VectorForm;
import io.varlen.spark.engine.Engine;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** {@code embed}: text or a packed dataset → one embedding per document. */
public final class EmbedJob {
    private final SparkSession session;
    private final JavaSparkContext spark;
    private final EmbedOptions options;
    private final JobProgress progress;

    public EmbedJob(SparkSession session, EmbedOptions options, JobProgress progress) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.options = options;
        this.progress = progress;
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if input, model, options or output folder are not as they must be
     */
    public JobReport run() {
        long start = System.nanoTime();
        Engine engine = Engine.get();
        ModelFiles files = engine.model(options.model());
        Tokenizer tokenizer = engine.tokenizer(files.tokenizer());
        SpecialTokens special = tokenizer.specialTokens();
        String prompt = files.prompts().resolve(options.prompt(), options.promptName());
        VectorForm form = new VectorForm(dimension(files), files.normalizes());
        ModelInput input = new ModelInput(special, ids(tokenizer, prompt), maxLength(files), options.longDocuments());
        EmbeddingSource source = source(files, special, prompt);
        Configuration hadoop = spark.hadoopConfiguration();
        Fingerprint fingerprint =
                Fingerprint.of("embed", contentOptions(files, input, form, prompt, source), source.files());
        OutputFolder output = OutputFolder.open(hadoop, options.output(), fingerprint, options.overwrite());
        if (output.state() == OutputFolder.State.UNCHANGED) {
            return new JobReport(
                    "embed", true, new LinkedHashMap<>(output.manifest().figures()));
        }
        StartNotes.tell(progress, source.files(), output);
        during("survey", source.partitions(), "partitions", source::documents);
        EmbeddingCounts before = counts(output.completeUnits());
        embed(source, files, input, form, output);
        SortedMap<Integer, CompleteUnit> units = output.completeUnits();
        requireAll(source, units, special);
        quarantine(source, output);
        double seconds = (System.nanoTime() - start) / 1e9;
        LinkedHashMap<String, Object> figures = figures(files, input, form, prompt, source, units, before, seconds);
        Manifest.TokenizerEntry kept = output.keep(files.tokenizer());
        output.commit(units, (job, parts) -> new Manifest(Manifest.FORMAT, job, parts, kept, null, figures));
        return new JobReport("embed", false, figures);
    }

    private int maxLength(ModelFiles files) {
        int positions = files.config().maxPositions();
        if (options.maxLength() == null) {
            return files.maxLength();
        }
        if (options.maxLength() > positions) {
            throw new InvalidInputException("--max-length is " + options.maxLength() + "; model "
                    + options.model().name() + " has positions for " + positions + " tokens");
        }
        return options.maxLength();
    }

    private int dimension(ModelFiles files) {
        if (options.dimensions() == null) {
            return files.dimension();
        }
        int all = files.config().hiddenSize();
        if (options.dimensions() > all) {
            throw new InvalidInputException("--dimensions is " + options.dimensions() + "; vectors of model "
                    + options.model().name() + " have " + all);
        }
        return options.dimensions();
    }

    private static int[] ids(Tokenizer tokenizer, String prompt) {
        byte[] utf8 = prompt.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        tokenizer.encode(utf8, 0, utf8.length, ids);
        return ids.toArray();
    }

    private EmbeddingSource source(ModelFiles files, SpecialTokens special, String prompt) {
        List<String> inputs = options.input().inputs();
        Optional<String> dataset = PackedDataset.among(inputs, spark.hadoopConfiguration());
        if (dataset.isEmpty()) {
            return TextSource.open(session, options.input(), options.badRecords(), files.tokenizer(), prompt);
        }
        if (inputs.size() > 1) {
            throw new InvalidInputException("--input " + dataset.get()
                    + " is a packed dataset, which must be the only --input; embed the others by themselves");
        }
        if (!prompt.isEmpty()) { // tokenized with the text as one, and the text is not there any more
            throw new InvalidInputException("--input " + dataset.get() + " holds token ids, before which the prompt of"
                    + " model " + options.model().name() + " cannot be put; embed the text itself, or give --prompt ''"
                    + " to go without a prompt");
        }
        return PackedSource.open(
                spark, inputs.get(0), options.model().name(), files.tokenizer().sha256(), special);
    }

    private static Map<String, String> contentOptions(
            ModelFiles files, ModelInput input, VectorForm form, String prompt, EmbeddingSource source) {
        Map<String, String> content = new TreeMap<>(source.options());
        content.put("model", files.sha256());
        content.put("tokenizer", files.tokenizer().sha256());
        content.put("max-length", String.valueOf(input.maxLength()));
        content.put("long", input.longDocuments().optionName());
        if (!prompt.isEmpty()) {
            content.put("prompt", prompt);
        }
        if (form.dimension() < files.config().hiddenSize()) {
            content.put("dimensions", String.valueOf(form.dimension()));
        }
        return content;
    }

    private void embed(
            EmbeddingSource source, ModelFiles files, ModelInput input, VectorForm form, OutputFolder output) {
        TreeSet<Integer> complete = new TreeSet<>(output.completeUnits().keySet());
        if (complete.size() == source.units().count()) {
            return;
        }
        UnitEmbedder embedder = new UnitEmbedder(
                options.model().withSha256(files.sha256()),
                backend(),
                input,
                form,
                VarlenConf.EMBED_TOKEN_BUDGET.get(session).orElse(VarlenConf.DEFAULT_EMBED_TOKEN_BUDGET),
                output.staging());
        JavaRDD<DocumentIds> units = source.byUnit(complete);
        during("embed", source.partitions() + units.getNumPartitions(), "tasks", () -> {
            units.foreachPartition(documents -> {
                int unit = TaskContext.getPartitionId();
                if (!complete.contains(unit)) {
                    embedder.embed(unit, documents);
                }
            });
            return null;
        });
    }

    /** Null where neither the job nor the session says, which leaves it to each executor. */
    private String backend() {
        return options.backend() != null
                ? options.backend()
                : VarlenConf.BACKEND.get(session).orElse(null);
    }

    private <T> T during(String stage, long total, String unit, Supplier<T> work) {
        try {
            return TaskProgress.during(spark, progress, stage, total, unit, work);
        } catch (Exception e) { // Spark's own is checked, but undeclared
            throw TaskFailure.of(e);
        }
    }

    private static EmbeddingCounts counts(SortedMap<Integer, CompleteUnit> units) {
        return units.values().stream()
                .map(unit -> Outcome.ofJson(unit.details()).counts())
                .reduce(EmbeddingCounts.NONE, EmbeddingCounts::plus);
    }

    private static void requireAll(
            EmbeddingSource source, SortedMap<Integer, CompleteUnit> units, SpecialTokens special) {
        EmbeddingCounts counts = counts(units);
        long documents = counts.documents();
        if (units.size() != source.units().count() || documents != source.documents()) {
            throw new IllegalStateException("embedded " + documents + " documents in " + units.size()
                    + " units; there must be " + source.documents() + " in "
                    + source.units().count());
        }
        long sourceTokens = counts.tokens() - documents * special.count();
        if (sourceTokens != source.sourceTokens().orElse(sourceTokens)) {
            throw new IllegalStateException("the rows hold " + sourceTokens + " tokens of text; the packed dataset's"
                    + " manifest counts " + source.sourceTokens().getAsLong()
                    + "; the dataset is damaged, verify says where");
        }
    }

    private void quarantine(EmbeddingSource source, OutputFolder output) {
        if (source.quarantinedDocuments() > 0) {
            long listed = output.quarantine(source.badRecords().toLocalIterator());
            progress.note(StartNotes.counted(listed, "bad record") + " listed in _varlen/quarantine");
        }
    }

    private LinkedHashMap<String, Object> figures(
            ModelFiles files,
            ModelInput input,
            VectorForm form,
            String prompt,
            EmbeddingSource source,
            SortedMap<Integer, CompleteUnit> units,
            EmbeddingCounts before,
            double seconds) {
        EmbeddingCounts counts = counts(units);
        TreeSet<String> backends = new TreeSet<>();
        units.values()
                .forEach(unit -> backends.add(Outcome.ofJson(unit.details()).backend()));
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("documents", counts.documents());
        figures.put("quarantined_documents", source.quarantinedDocuments());
        figures.put("tokens", counts.tokens());
        figures.put("encoded_tokens", counts.encodedTokens());
        figures.put("truncated_documents", counts.truncatedDocuments());
        figures.put("truncated_tokens", counts.truncatedTokens());
        figures.put("dimension", form.dimension());
        figures.put("model", options.model().name());
        figures.put("model_sha256", files.sha256());
        figures.put("max_length", input.maxLength());
        figures.put("long", input.longDocuments().optionName());
        figures.put("prompt", prompt);
        figures.put("backend", String.join(", ", backends));
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", (counts.encodedTokens() - before.encodedTokens()) / seconds);
        return figures;
    }
}
