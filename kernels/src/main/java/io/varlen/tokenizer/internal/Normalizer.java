package io.varlen.tokenizer.internal;

/** Rewrites one section of text, like a normalizer of Hugging Face's tokenizers. Immutable, for many threads. */
public interface Normalizer {
    /**
     * Whether {@code text[from, to)} is certain to stay as it is, so that it need not be copied. Costs one quick pass; may
     * say false too often.
     */
    boolean keeps(byte[] utf8, int from, int to);

    /**
     * Appends what becomes of {@code text.bytes[from, to)} to {@code out}, which is another text. Source ranges are passed
     * on by {@code out}'s own methods.
     */
    void normalize(Utf8Text text, int from, int to, Utf8Text out);
}
