package io.varlen.tokenizer.internal;

/** Receives pieces of text in order. */
@FunctionalInterface
public interface PieceSink {
    /** Takes {@code text.bytes[from, to)}, never empty; the text may be rewritten once this returns. */
    void accept(Utf8Text text, int from, int to);
}
