package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.input.DocumentColumns;
import picocli.CommandLine.Option;

/** The columns of documents that are more than a text. */
final class ColumnArguments {
    @Option(
            names = "--prompt-column",
            paramLabel = "NAME",
            description =
                    "The column of the prompt, which loss_mask marks as not to be learned; with --completion-column,"
                            + " for jsonl and parquet (default: documents are texts)")
    private String prompt;

    @Option(
            names = "--completion-column",
            paramLabel = "NAME",
            description =
                    "The column of the completion, tokenized by itself; loss_mask marks it, and the special tokens"
                            + " behind it, as to be learned (default: documents are texts)")
    private String completion;

    @Option(
            names = "--ids-column",
            paramLabel = "NAME",
            description = "The column of token ids, with all special tokens that they shall have, for jsonl and parquet"
                    + " (default: documents are texts)")
    private String ids;

    @Option(
            names = "--mask-column",
            paramLabel = "NAME",
            description =
                    "The column of the loss mask, a 0 or 1 per token id; with --ids-column (default: no loss mask)")
    private String mask;

    @Option(
            names = "--split-masked",
            description =
                    "Split documents with a loss mask like any others. Without it, a document that would have to be"
                            + " split is an error, since its completion would be parted from its prompt")
    boolean splitMasked;

    boolean given() {
        return prompt != null || completion != null || ids != null || mask != null;
    }

    boolean hasIds() {
        return ids != null;
    }

    DocumentColumns columns() {
        if ((prompt == null) != (completion == null)) {
            throw new InvalidInputException("--" + (prompt == null ? "completion" : "prompt")
                    + "-column is given alone; --prompt-column and --completion-column go together");
        }
        if (mask != null && ids == null) {
            throw new InvalidInputException(
                    "--mask-column is given without --ids-column, whose token ids it is a mask of");
        }
        if (ids != null && prompt != null) {
            throw new InvalidInputException(
                    "--ids-column and --prompt-column are given; a document is made of token ids or of texts, not of both");
        }
        return ids == null ? DocumentColumns.promptCompletion(prompt, completion) : DocumentColumns.tokens(ids, mask);
    }
}
