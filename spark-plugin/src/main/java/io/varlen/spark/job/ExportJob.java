package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.export.DatasetShape;
import io.varlen.spark.export.ExportCounts;
import io.varlen.spark.export.ExportUnit;
import io.varlen.spark.export.UnitExporter;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * {@code export}: a packed dataset → the files of another trainer. Each part is read by one task, which writes it as one
 * unit; only counts come to the driver.
 */
public final class ExportJob {
    private final JavaSparkContext spark;
    private final ExportOptions options;
    private final JobProgress progress;
    private final TokenizerProvider tokenizers;

    public ExportJob(SparkSession session, ExportOptions options, JobProgress progress) {
        this(session, options, progress, TokenizerProvider.ENGINE);
    }

    ExportJob(SparkSession session, ExportOptions options, JobProgress progress, TokenizerProvider tokenizers) {
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.options = options;
        this.progress = progress;
        this.tokenizers = tokenizers;
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if the input is not a packed dataset or is damaged, if the format cannot hold it, or
     *     if the output folder is not as it must be
     */
    public JobReport run() {
        long start = System.nanoTime();
        PackedDataset dataset = PackedDataset.open(spark.hadoopConfiguration(), options.input());
        Manifest manifest = dataset.manifest();
        NestedFolders.refuse(spark.hadoopConfiguration(), options.input(), options.output());
        InputFiles found = InputFiles.resolve(
                new InputOptions(List.of(options.input()), InputFormat.PARQUET), spark.hadoopConfiguration());
        // what is passed over is the dataset's own
        InputFiles files = new InputFiles(found.inputs(), found.files(), 0, 0);
        Fingerprint fingerprint = Fingerprint.of("export", contentOptions(manifest), files);
        OutputFolder output = OutputFolder.open(
                spark.hadoopConfiguration(), options.output(), fingerprint, files, options.overwrite());
        if (output.state() == OutputFolder.State.UNCHANGED) {
            return new JobReport(
                    "export", true, new LinkedHashMap<>(output.manifest().figures()));
        }
        StartNotes.tell(progress, files, output);
        DatasetShape shape = DatasetShape.of(manifest, idLimit(dataset));
        SortedMap<Integer, CompleteUnit> before = output.completeUnits();
        export(dataset, shape, output, before.keySet());
        SortedMap<Integer, CompleteUnit> units = output.completeUnits();
        ExportCounts counts = counts(units);
        requireAll(manifest, units, counts);
        List<Manifest.Part> parts = output.parts(units);
        Map<String, byte[]> indexes = options.format().indexes(shape, parts, counts);
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("format", options.format().optionName());
        figures.put("rows", counts.rows());
        figures.put("segments", counts.segments());
        figures.put("tokens", counts.tokens());
        figures.put("files", (long) parts.size() + indexes.size());
        figures.put(
                "bytes",
                parts.stream().mapToLong(Manifest.Part::bytes).sum()
                        + indexes.values().stream()
                                .mapToLong(index -> index.length)
                                .sum());
        double seconds = (System.nanoTime() - start) / 1e9;
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", (counts.tokens() - counts(before).tokens()) / seconds);
        output.commit(
                units,
                indexes,
                (job, committed) -> new Manifest(Manifest.FORMAT, job, committed, manifest.tokenizer(), null, figures));
        return new JobReport("export", false, figures);
    }

    private Map<String, String> contentOptions(Manifest manifest) {
        Map<String, String> content = new TreeMap<>();
        content.put("format", options.format().optionName());
        content.put("packed-digest", manifest.packing().digest());
        content.put("pad-id", String.valueOf(manifest.packing().padId()));
        return content;
    }

    /**
     * What bounds all token ids: the tokenizer, so that all datasets that it makes are exported alike; but ids that packing
     * was given may be any, and are looked at.
     */
    private long idLimit(PackedDataset dataset) {
        if (!options.format().dependsOnVocabulary()) {
            return DatasetShape.ANY_ID;
        }
        Tokenizer tokenizer = tokenizers.open(dataset.tokenizer());
        SpecialTokens special = tokenizer.specialTokens();
        long limit = IntStream.concat(IntStream.of(special.prefix()), IntStream.of(special.suffix()))
                .mapToLong(id -> id + 1L)
                .reduce(tokenizer.vocabularySize(), Math::max);
        boolean ownIds = dataset.manifest().packing().content().equals(DocumentColumns.Kind.TOKENS.manifestName());
        return ownIds ? Math.max(limit, largestId(dataset) + 1L) : limit;
    }

    private int largestId(PackedDataset dataset) {
        int parts = dataset.manifest().parts().size();
        return during(
                "look for the largest id",
                parts,
                () -> dataset.rows(spark).map(ExportJob::largestId).fold(0, Math::max));
    }

    private static int largestId(PackedRow row) {
        return IntStream.of(row.inputIds()).limit(row.nTokens()).max().orElse(0);
    }

    private void export(PackedDataset dataset, DatasetShape shape, OutputFolder output, Set<Integer> complete) {
        List<Manifest.Part> parts = dataset.manifest().parts();
        List<ExportUnit> missing = IntStream.range(0, parts.size())
                .filter(unit -> !complete.contains(unit))
                .mapToObj(unit -> new ExportUnit(
                        unit, parts.get(unit).file(), parts.get(unit).rows()))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        UnitExporter exporter = new UnitExporter(
                options.format(),
                shape,
                dataset.reader(),
                output.staging(),
                new HadoopConfiguration(spark.hadoopConfiguration()));
        during("export", missing.size(), () -> {
            spark.parallelize(missing, missing.size()).foreach(exporter::export);
            return null;
        });
    }

    private <T> T during(String stage, long parts, Supplier<T> work) {
        try {
            return TaskProgress.during(spark, progress, stage, parts, "parts", work);
        } catch (Exception e) { // Spark's own is checked, but undeclared
            throw TaskFailure.of(e);
        }
    }

    private static ExportCounts counts(SortedMap<Integer, CompleteUnit> units) {
        return units.values().stream()
                .map(unit -> ExportCounts.ofJson(unit.details()))
                .reduce(ExportCounts.NONE, ExportCounts::plus);
    }

    /** The digest is that of the rows as they were written, so that nothing is lost between the input and the files. */
    private void requireAll(Manifest manifest, SortedMap<Integer, CompleteUnit> units, ExportCounts counts) {
        if (units.size() != manifest.parts().size()) {
            throw new IllegalStateException("exported " + units.size() + " parts; there must be "
                    + manifest.parts().size());
        }
        if (counts.rows() != manifest.packing().rows()
                || !counts.digest().equals(manifest.packing().digest())) {
            throw new InvalidInputException(options.input() + " is damaged: its parts hold " + counts.rows()
                    + " rows with the digest " + counts.digest() + ", the manifest says "
                    + manifest.packing().rows() + " with " + manifest.packing().digest()
                    + "; verify says where");
        }
    }
}
