package io.varlen.tokenizer;

/**
 * The ids that surround one text as a complete model input, e.g. {@code [CLS] … [SEP]}, and the id that fills the end of
 * a packed row.
 *
 * @param prefix ids before the text, may be empty
 * @param suffix ids behind the text, may be empty
 * @param padId the tokenizer's padding id, else its end-of-text id, else 0
 */
public record SpecialTokens(int[] prefix, int[] suffix, int padId) implements java.io.Serializable {
    /** The number of ids that {@code encode(text)} adds to one text. */
    public int count() {
        return prefix.length + suffix.length;
    }

    /** {@code ids[from, to)} between prefix and suffix. */
    public int[] around(int[] ids, int from, int to) {
        int[] complete = new int[Math.addExact(to - from, count())];
        System.arraycopy(prefix, 0, complete, 0, prefix.length);
        System.arraycopy(ids, from, complete, prefix.length, to - from);
        System.arraycopy(suffix, 0, complete, prefix.length + to - from, suffix.length);
        return complete;
    }
}
