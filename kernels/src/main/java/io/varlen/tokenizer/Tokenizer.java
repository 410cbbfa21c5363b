package io.varlen.tokenizer;

/**
 * Turns text into token ids, exactly as the library that defines the vocabulary does.
 *
 * <p>Safe for use by many threads at once. Ids are those of the text alone; the special tokens that {@code encode(text)}
 * of Hugging Face adds around one text are told apart as {@link #specialTokens()}, so that callers can add them once per
 * document, once per chunk, or never.
 */
public interface Tokenizer extends AutoCloseable {

    /**
     * Appends the ids of one text, without special tokens and without truncation.
     *
     * @param utf8 holds the text in {@code [from, to)}, valid UTF-8
     * @param out receives the ids behind what it already holds
     * @throws io.varlen.InvalidInputException if the library cannot encode this text; {@code out} is as before then
     */
    void encode(byte[] utf8, int from, int to, TokenBuffer out);

    /**
     * Encodes as {@link #encode} and says for each id which part of the text it comes from, counted from {@code from}.
     *
     * @throws UnsupportedOperationException if this tokenizer cannot say
     */
    default TokenSpans encodeWithSpans(byte[] utf8, int from, int to) {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " does not say where its tokens come from");
    }

    /**
     * The text of {@code ids[from, to)}; special tokens are written out, unknown ids left out. For people to read: not
     * every id sequence is text.
     */
    default String decode(int[] ids, int from, int to) {
        return decode(ids, from, to, false);
    }

    /**
     * The same.
     *
     * @param skipSpecial whether special tokens are left out, wherever they stand: in a {@code tokenizer.json} the added
     *     tokens that are marked so
     */
    String decode(int[] ids, int from, int to, boolean skipSpecial);

    /** What Hugging Face's {@code encode(text)} adds around a single text, and the padding id. */
    SpecialTokens specialTokens();

    /** One more than the largest id that {@link #encode} can return. */
    int vocabularySize();

    @Override
    void close();
}
