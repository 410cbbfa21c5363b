package io.varlen.jobs;

import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.job.AttendJob;
import io.varlen.spark.job.AttendOptions;
import io.varlen.spark.job.DocumentOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen attend}. */
@Command(
        name = "attend",
        header =
                "Measure how each attention head of a model spreads its attention, and what would leak between documents.",
        customSynopsis = "varlen attend --input P... --model M --output D [options]",
        description = {
            "Takes a packed dataset made with the model's own tokenizer, or text, each document of which is then a row by"
                    + " itself, and writes one Parquet row per layer and head: entropy, mean_distance, sink_mass,"
                    + " window_mass, max_logit and leakage, as means over queries. Heat maps of them lie beside the table."
        },
        footer = {
            "Examples:",
            "  varlen attend --input packed/ --model ./SmolLM2-135M --output attention/",
            "  varlen attend --input docs/ --model builtin:all-minilm-l6-v2 --limit-tokens 0 --output attention/"
        })
final class AttendCommand extends JobCommand {
    @Mixin
    private InputArguments input;

    @Mixin
    private OutputArguments output;

    @Option(
            names = "--model",
            paramLabel = "M",
            required = true,
            description = "A Hugging Face folder with an encoder or a decoder, or " + ModelReference.BUILTIN)
    private String model;

    @Option(
            names = "--model-jar",
            paramLabel = "JAR",
            description = "Where the jar of the built-in model is (default: spark.varlen.model.jar, the class path, the"
                    + " local Maven repository)")
    private String modelJar;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Cut each text to so many tokens; packed rows are never cut (default: the model's own limit)")
    private Integer maxLength;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "" + AttendOptions.DEFAULT_WINDOW,
            description = "How far from its query a key counts as near, in tokens, for window_mass (default:"
                    + " ${DEFAULT-VALUE})")
    private int window;

    @Option(
            names = "--limit-tokens",
            paramLabel = "N",
            defaultValue = "" + AttendOptions.DEFAULT_LIMIT_TOKENS,
            description =
                    "Look at a sample of about so many tokens, chosen row by row by a hash of their ids; 0 is all of"
                            + " them (default: ${DEFAULT-VALUE})")
    private long limitTokens;

    @Mixin
    private ComputeArguments compute;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        DocumentOptions documents = new DocumentOptions(
                input.options(),
                ModelReference.of(model, modelJar),
                output.folder,
                maxLength,
                compute.compute(),
                input.badRecords,
                output.overwrite,
                compute.trace());
        AttendOptions options = new AttendOptions(documents, window, limitTokens);
        JobReport report = new AttendJob(spark, options, new HeadHeatMaps(options), progress).run();
        return Result.ofJob(report, Reports.attend(report, output.folder));
    }
}
