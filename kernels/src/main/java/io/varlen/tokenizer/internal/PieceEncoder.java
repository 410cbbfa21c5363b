package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.TokenBuffer;

/** Encodes the pieces of a text. Used by one thread at a time. */
public interface PieceEncoder {
    /** Appends the ids of the piece {@code utf8[from, to)}, which is not empty. */
    void encode(byte[] utf8, int from, int to, TokenBuffer out);

    /** As {@link #encode}, and the end of each token, as a position in {@code utf8}; a token begins where the last ended. */
    void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends);
}
