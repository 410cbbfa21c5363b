package io.varlen.tokenizer.internal;

/**
 * Splits one section of text into the pieces that the model encodes one by one, like a pre-tokenizer of Hugging Face's
 * tokenizers. Immutable, for many threads.
 */
public interface PreTokenizer {
    /**
     * Passes the pieces of {@code text.bytes[from, to)} to {@code sink}, in order and without empty ones. Nothing outside
     * the range is looked at. Pieces may lie in another text if characters are replaced or inserted.
     */
    void split(Utf8Text text, int from, int to, PieceSink sink);
}
