package io.varlen.jobs;

import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.job.DocumentOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.ScoreJob;
import io.varlen.spark.job.ScoreOptions;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen score}. */
@Command(
        name = "score",
        header = "Compute the perplexity of each document under a causal language model.",
        customSynopsis = "varlen score --input P... --model M --output D [options]",
        description = {
            "Takes text, or a packed dataset made with the model's own tokenizer, and writes Parquet rows of doc_id,"
                    + " n_tokens, n_scored, nll (nats, summed) and perplexity. Both ways give the same numbers."
        },
        footer = {
            "Examples:",
            "  varlen score --input docs/ --input-format paragraphs --model ./SmolLM2-135M --output scores/",
            "  varlen score --input packed/ --model ./SmolLM2-135M --max-length 2048 --stride 512 --output scores/"
        })
final class ScoreCommand extends JobCommand {
    @Mixin
    private InputArguments input;

    @Mixin
    private OutputArguments output;

    @Option(
            names = "--model",
            paramLabel = "M",
            required = true,
            description = "A Hugging Face folder with a model that predicts the next token")
    private String model;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description =
                    "The longest window that the model is given, in tokens; longer documents are scored in a sliding"
                            + " window (default: the model's own limit)")
    private Integer maxLength;

    @Option(
            names = "--stride",
            paramLabel = "N",
            description =
                    "How many tokens of left context every window after a document's first has; each token is scored"
                            + " once (default: half of the window)")
    private Integer stride;

    @Mixin
    private ComputeArguments compute;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        DocumentOptions documents = new DocumentOptions(
                input.options(),
                ModelReference.of(model, null),
                output.folder,
                maxLength,
                compute.compute(),
                input.badRecords,
                output.overwrite,
                compute.trace());
        ScoreOptions options = new ScoreOptions(documents, stride);
        JobReport report = new ScoreJob(spark, options, progress).run();
        return Result.ofJob(report, Reports.score(report, output.folder));
    }
}
