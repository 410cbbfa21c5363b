package io.varlen.spark.frame;

import java.util.SortedMap;
import java.util.TreeMap;

/** Options of {@link io.varlen.spark.Varlen#pack}. */
public final class PackSettings extends FrameSettings<PackSettings> {
    private PackSettings(SortedMap<String, String> values) {
        super(values);
    }

    /** @param tokenizer as {@code --tokenizer} */
    public static PackSettings of(String tokenizer, int seqLen) {
        return new PackSettings(new TreeMap<>()).option("tokenizer", tokenizer).option("seq-len", seqLen);
    }

    @Override
    PackSettings copy(SortedMap<String, String> changed) {
        return new PackSettings(changed);
    }

    /** The column of the document id, which is unique; {@code id} if none is named. */
    public PackSettings idColumn(String name) {
        return option("id-column", name);
    }

    /** A column of token ids with all special tokens that they shall have, in place of text. */
    public PackSettings idsColumn(String name) {
        return option("ids-column", name);
    }

    /** The column of the loss mask of {@link #idsColumn}. */
    public PackSettings maskColumn(String name) {
        return option("mask-column", name);
    }

    /** The columns of prompt and completion, in place of text. */
    public PackSettings promptCompletion(String prompt, String completion) {
        return option("prompt-column", prompt).option("completion-column", completion);
    }

    /** Split documents with a loss mask like any others. */
    public PackSettings splitMasked() {
        return option("split-masked", "true");
    }

    /** Which documents share a row: {@code bfd}, {@code ffd}, {@code wrapped}, {@code sequential} or {@code random_fit}. */
    public PackSettings strategy(String name) {
        return option("strategy", name);
    }

    /** What becomes of longer documents, e.g. {@code split} or {@code split-overlap 16}. */
    public PackSettings overflow(String how) {
        return option("overflow", how);
    }

    /** Room to pad each segment to a multiple of so many slots. */
    public PackSettings padToMultiple(int slots) {
        return option("pad-to-multiple", slots);
    }

    /** The most segments in a row. */
    public PackSettings maxDocumentsPerRow(int count) {
        return option("max-documents-per-row", count);
    }

    /** The most that the squares of the lengths of a row's segments add up to. */
    public PackSettings maxSquaredLength(long sum) {
        return option("max-squared-length", sum);
    }

    /** The id that fills rows. */
    public PackSettings padId(int id) {
        return option("pad-id", id);
    }

    /** Decides how documents are mixed. */
    public PackSettings seed(long seed) {
        return option("seed", seed);
    }

    /** The n-th packing under the same seed, from 0. */
    public PackSettings epoch(int number) {
        return option("epoch", number);
    }

    /** Derived columns to write as well. */
    public PackSettings emit(String... columns) {
        return option("emit", String.join(",", columns));
    }

    /** Add the documents to the packed dataset in {@link #output}, in new rows. */
    public PackSettings append() {
        return option("append", "true");
    }

    /** Where the special tokens go: {@code document}, {@code chunk} or {@code none}. */
    public PackSettings specialTokens(String where) {
        return option("special-tokens", where);
    }

    /** The folder that the result goes to and stays in; none for a folder of this machine's that goes with the session. */
    public PackSettings output(String folder) {
        return option("output", folder);
    }

    /** Replace what another job left in {@link #output}, once the new result is complete. */
    public PackSettings overwrite() {
        return option("overwrite", "true");
    }
}
