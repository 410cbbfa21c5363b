package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.job.AppendJob;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.PackJob;
import io.varlen.spark.job.PackOptions;
import java.util.List;
import java.util.Optional;
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
                    + " their boundaries (cu_seqlens) and where each segment comes from. With the defaults no token is lost; the same input,"
                    + " options and seed give the same rows on any cluster.",
            "",
            "The input may be a packed dataset: its documents are packed anew, with the token ids that they have."
        },
        footer = {
            "Examples:",
            "  varlen pack --input books/ --tokenizer tiktoken:cl100k_base --seq-len 2048 --output packed/",
            "  varlen pack --input corpus.jsonl.gz --input-format jsonl --tokenizer ./my-model --seq-len 4096 \\",
            "      --emit position_ids,labels --output packed/",
            "  varlen pack --input packed/ --seq-len 8192 --output packed-8192/"
        })
final class PackCommand extends JobCommand {
    @Mixin
    private InputArguments input;

    @Mixin
    private OutputArguments output;

    @Option(
            names = "--append",
            description =
                    "Add the documents to the packed dataset in the output folder, in new rows; they are packed as those in"
                            + " it were, and have other ids")
    private boolean append;

    @Mixin
    private TokenizerArgument tokenizer;

    @Mixin
    private ColumnArguments columns;

    @Option(names = "--seq-len", paramLabel = "N", required = true, description = "Tokens per row")
    private int seqLen;

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "bfd",
            description =
                    "Which documents share a row: bfd (best-fit-decreasing), ffd (first-fit-decreasing), wrapped (end to"
                            + " end, cut wherever a row is full), sequential (next-fit: each into the last row or a new one) or"
                            + " random_fit (each into any row that has room). The last three take documents in an order that the"
                            + " seed decides, not in that of the files; rows of wrapped and sequential keep it, the others are"
                            + " shuffled (default: ${DEFAULT-VALUE})")
    private PackingStrategy strategy;

    @Mixin
    private LimitArguments limits;

    @Option(
            names = "--special-tokens",
            paramLabel = "HOW",
            description =
                    "Where the tokenizer's special tokens go: document (once around each document, as the model"
                            + " was trained), none, or chunk (each chunk a complete input) (default: document; none with --ids-column; a packed dataset's own)")
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
            names = "--epoch",
            paramLabel = "N",
            defaultValue = "0",
            description = "Packs anew under the same seed: each number gives other rows, the same ones every time"
                    + " (default: ${DEFAULT-VALUE})")
    private int epoch;

    @Option(
            names = "--emit",
            paramLabel = "COLUMNS",
            split = ",",
            description = "Derived columns to write as well, separated by commas: position_ids, segment_ids,"
                    + " attention_mask, labels (default: none)")
    private List<DerivedColumn> emit = List.of();

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        Optional<PackedDataset> packed = input.packedDataset(spark);
        PackOptions options = new PackOptions(
                packed.map(PackedDataset::asInput).orElseGet(this::text),
                tokenizer.source(packed),
                new PackingRules(strategy, limits.limits(seqLen), limits.overflow()),
                output.folder,
                specialTokens == null ? defaultSpecialTokens(packed) : specialTokens,
                padId,
                seed,
                epoch,
                Set.copyOf(emit),
                input.badRecords,
                output.overwrite,
                columns.splitMasked);
        if (append && output.overwrite) {
            throw new InvalidInputException(
                    "--append and --overwrite are given; one adds to what is there, the other" + " replaces it");
        }
        JobReport report =
                append ? new AppendJob(spark, options, progress).run() : new PackJob(spark, options, progress).run();
        return Result.ofJob(report, Reports.pack(report, output.folder));
    }

    private InputOptions text() {
        return columns.given() ? input.options(columns.columns()) : input.options();
    }

    private SpecialTokensPolicy defaultSpecialTokens(Optional<PackedDataset> packed) {
        if (packed.isPresent()) {
            return SpecialTokensPolicy.ofName(packed.get().manifest().packing().specialTokens());
        }
        return columns.hasIds() ? SpecialTokensPolicy.NONE : SpecialTokensPolicy.DOCUMENT;
    }
}
