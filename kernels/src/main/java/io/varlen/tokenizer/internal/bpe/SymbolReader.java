package io.varlen.tokenizer.internal.bpe;

/** Cuts a piece into the symbols that merging begins with. Immutable, for many threads. */
interface SymbolReader {
    /**
     * Appends the symbols of {@code utf8[from, to)} to {@code out}, but no more once there are {@code limit}. Reading on
     * from where a symbol ended gives the same symbols as reading all at once, unless two unknown ones were to be fused
     * there.
     *
     * @return where reading stopped: {@code to}, or a position that it can go on from
     */
    int read(byte[] utf8, int from, int to, int limit, SymbolBuffer out);

    /** Whether a symbol may begin at {@code at}, which is where a token ends: one of a part of a character may end inside it. */
    boolean startsAt(byte[] utf8, int at);
}
