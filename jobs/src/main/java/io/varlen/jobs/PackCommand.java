package io.varlen.jobs;

import io.varlen.packing.Overflow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.RowLimits;
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
                    + " their boundaries (cu_seqlens) and where each segment comes from. With the defaults no token is lost; the same input,"
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

    @Option(
            names = "--overflow",
            paramLabel = "HOW",
            arity = "1",
            parameterConsumer = OverflowParameters.class,
            description =
                    "What becomes of a document with more tokens than fit into a row: split, split-overlap N (each"
                            + " chunk repeats N tokens of the one before), truncate-head (its last tokens stay), truncate-tail (its"
                            + " first tokens stay), drop (listed in _varlen/dropped) or fail (the job stops and names it)"
                            + " (default: split)")
    private Overflow overflow;

    @Option(
            names = "--pad-to-multiple",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Leave room to pad each segment to a multiple of N slots, for context parallelism 2 x its degree;"
                            + " rows hold no padding between segments (default: ${DEFAULT-VALUE})")
    private int padToMultiple;

    @Option(
            names = "--max-documents-per-row",
            paramLabel = "N",
            description = "The most segments in a row (default: any number)")
    private Integer maxDocuments;

    @Option(
            names = "--max-squared-length",
            paramLabel = "N",
            description = "The most that the squares of the lengths of a row's segments add up to, so that rows cost"
                    + " attention alike; a document longer than its root is over-long (default: unbounded)")
    private Long maxSquaredLength;

    @Option(
            names = "--special-tokens",
            paramLabel = "HOW",
            description =
                    "Where the tokenizer's special tokens go: document (once around each document, as the model"
                            + " was trained), none, or chunk (each chunk a complete input) (default: document; none with --ids-column)")
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
        PackOptions options = new PackOptions(
                columns.given() ? input.options(columns.columns()) : input.options(),
                tokenizer.source(),
                rules(),
                output.folder,
                specialTokens(),
                padId,
                seed,
                epoch,
                Set.copyOf(emit),
                input.badRecords,
                output.overwrite,
                columns.splitMasked);
        JobReport report = new PackJob(spark, options, progress).run();
        return Result.done(report, Reports.pack(report, output.folder));
    }

    private SpecialTokensPolicy specialTokens() {
        if (specialTokens != null) {
            return specialTokens;
        }
        return columns.hasIds() ? SpecialTokensPolicy.NONE : SpecialTokensPolicy.DOCUMENT;
    }

    private PackingRules rules() {
        RowLimits limits = new RowLimits(
                seqLen,
                padToMultiple,
                maxDocuments == null ? RowLimits.ANY_NUMBER : maxDocuments,
                maxSquaredLength == null ? RowLimits.UNBOUNDED : maxSquaredLength);
        return new PackingRules(strategy, limits, overflow == null ? Overflow.SPLIT : overflow);
    }
}
