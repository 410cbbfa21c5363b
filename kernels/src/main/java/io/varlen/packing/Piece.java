package io.varlen.packing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * A run of one document's tokens that stays together in a row; the ids are a slice of the document's own array.
 *
 * @param chunk the n-th piece of the document, from 0
 * @param start the slice {@code [start, start + count)} of the document's ids
 */
public record Piece(TokenizedDocument document, int chunk, int start, int count) {

    /** A total order of the pieces of a dataset that depends on nothing but the seed, the ids and the split. */
    static final Comparator<Piece> SEEDED_ORDER =
            Comparator.comparing(Piece::document, Piece::compareDocuments).thenComparingInt(Piece::chunk);

    Segment segment() {
        return new Segment(document.docId(), document.source(), chunk, start, count);
    }

    private static int compareDocuments(TokenizedDocument a, TokenizedDocument b) {
        int byHash = Long.compareUnsigned(a.groupHash(), b.groupHash());
        if (byHash != 0 || a == b) {
            return byHash;
        }
        return Arrays.compareUnsigned(
                a.docId().getBytes(StandardCharsets.UTF_8), b.docId().getBytes(StandardCharsets.UTF_8));
    }
}
