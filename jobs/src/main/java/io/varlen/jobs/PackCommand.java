package io.varlen.jobs;

import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.PackJob;
import io.varlen.spark.job.PackOptions;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen pack}. */
@Command(
        name = "pack",
        header = "Pack text into rows of fixed length.",
        customSynopsis = "varlen pack --input P... --tokenizer T --seq-len N --output D [options]",
        description = {
            "Tokenizes documents and packs them, whole or in chunks, into Parquet rows of --seq-len tokens that carry"
                    + " their boundaries (cu_seqlens) and where each segment comes from. No token is lost; the same input,"
                    + " options and seed give the same rows on any cluster."
        },
        footer = {
            "Examples:",
            "  varlen pack --input books/ --tokenizer tiktoken:cl100k_base --seq-len 2048 --output packed/",
            "  varlen pack --input corpus.jsonl.gz --input-format jsonl --tokenizer ./my-model --seq-len 4096 \\",
            "      --emit position_ids,labels --output packed/"
        })
final class PackCommand extends JobCommand {
    @Mixin
    private InputArguments input;

    @Mixin
    private OutputArguments output;

    @Mixin
    private TokenizerArgument tokenizer;

    @Option(names = "--seq-len", paramLabel = "N", required = true, description = "Tokens per row")
    private int seqLen;

    @Option(
            names = "--special-tokens",
            paramLabel = "HOW",
            defaultValue = "document",
            description = "Where the tokenizer's special tokens go: document (once around each document, as the model"
                    + " was trained), none, or chunk (each chunk a complete input) (default: ${DEFAULT-VALUE})")
    private SpecialTokensPolicy specialTokens;

    @Option(
            names = "--pad-id",
            paramLabel = "ID",
            description =
                    "The id that fills rows (default: the tokenizer's padding id, else its end-of-text id, else 0)")
    private Integer padId;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Decides how documents are mixed (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--emit",
            paramLabel = "COLUMNS",
            split = ",",
            description = "Derived columns to write as well, separated by commas: position_ids, segment_ids,"
                    + " attention_mask, labels (default: none)")
    private List<DerivedColumn> emit = List.of();

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        PackOptions options = new PackOptions(
                input.options(),
                tokenizer.source(),
                seqLen,
                output.folder,
                specialTokens,
                padId,
                seed,
                Set.copyOf(emit),
                input.badRecords,
                output.overwrite);
        JobReport report = new PackJob(spark, options, progress).run();
        return Result.done(report, Reports.pack(report, output.folder));
    }
}
