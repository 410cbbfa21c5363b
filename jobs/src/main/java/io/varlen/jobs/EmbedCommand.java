package io.varlen.jobs;

import io.varlen.spark.embedding.LongDocuments;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.job.DocumentOptions;
import io.varlen.spark.job.EmbedJob;
import io.varlen.spark.job.EmbedOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen embed}. */
@Command(
        name = "embed",
        header = "Compute one embedding per document.",
        customSynopsis = "varlen embed --input P... --model M --output D [options]",
        description = {
            "Takes text, or a packed dataset made with the model's own tokenizer, and writes Parquet rows of doc_id,"
                    + " n_tokens, truncated_tokens and embedding. Both ways give the same vectors."
        },
        footer = {
            "Examples:",
            "  varlen embed --input docs/ --input-format paragraphs --model builtin:all-minilm-l6-v2 --output vectors/",
            "  varlen embed --input packed/ --model ./my-model --long chunks --output vectors/"
        })
final class EmbedCommand extends JobCommand {
    @Mixin
    private InputArguments input;

    @Mixin
    private OutputArguments output;

    @Option(
            names = "--model",
            paramLabel = "M",
            required = true,
            description = "A Hugging Face folder, or " + ModelReference.BUILTIN)
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
            description = "The longest input that the model is given, in tokens (default: the model's own)")
    private Integer maxLength;

    @Option(
            names = "--long",
            paramLabel = "HOW",
            defaultValue = "truncate",
            description = "What becomes of longer documents: truncate, or chunks (all of it, averaged by tokens)"
                    + " (default: ${DEFAULT-VALUE})")
    private LongDocuments longDocuments;

    @Option(
            names = "--prompt-name",
            paramLabel = "NAME",
            description =
                    "Which of the model's own prompts stands before each text, such as query or document (default:"
                            + " the model's default_prompt_name)")
    private String promptName;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "What stands before each text; '' for nothing (default: as --prompt-name says)")
    private String prompt;

    @Option(
            names = "--dimensions",
            paramLabel = "N",
            description = "Keep the first N elements of each vector, for models trained so (Matryoshka); normalised"
                    + " afterwards if the model's vectors are (default: the model's truncate_dim, else all)")
    private Integer dimensions;

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
        EmbedOptions options = new EmbedOptions(documents, longDocuments, prompt, promptName, dimensions);
        JobReport report = new EmbedJob(spark, options, progress).run();
        return Result.ofJob(report, Reports.embed(report, output.folder));
    }
}
