package io.varlen.spark.job;

import io.varlen.spark.dataset.ListedDocument;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a dataset knows of a document that is named for removal.
 *
 * @param docId the document
 * @param state what became of it
 * @param source the n-th input, from 0; -1 if nothing is known
 * @param tokens that it has in the rows or, if it is in none, had
 * @param length where its last piece ends, which is its length unless it was truncated
 * @param parts the indices of the parts with rows that hold some of it, ascending
 */
record NamedDocument(String docId, State state, int source, long tokens, long length, int[] parts)
        implements Serializable {
    private static final int[] NO_PARTS = {};

    /** What became of a document, the strongest statement first. */
    enum State {
        PACKED,
        REMOVED,
        EMPTY,
        DROPPED,
        MISSING;

        String listedAs() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static NamedDocument missing(String docId) {
        return new NamedDocument(docId, State.MISSING, -1, 0, 0, NO_PARTS);
    }

    static NamedDocument listed(ListedDocument document, State state) {
        long tokens = document.tokens() == null ? 0 : document.tokens();
        return new NamedDocument(document.docId(), state, document.source(), tokens, tokens, NO_PARTS);
    }

    static NamedDocument piece(String docId, int source, long start, int tokens, int part) {
        return new NamedDocument(docId, State.PACKED, source, tokens, start + tokens, new int[] {part});
    }

    /** Whether there is something to remove. */
    boolean isThere() {
        return state != State.REMOVED && state != State.MISSING;
    }

    /** Both together: pieces in rows add up, and of other statements the stronger one holds. */
    NamedDocument and(NamedDocument other) {
        if (state != State.PACKED || other.state != State.PACKED) {
            return state.compareTo(other.state) <= 0 ? this : other;
        }
        int[] both = IntStream.concat(Arrays.stream(parts), Arrays.stream(other.parts))
                .sorted()
                .distinct()
                .toArray();
        return new NamedDocument(docId, state, source, tokens + other.tokens, Math.max(length, other.length), both);
    }

    /** As it is listed once it is removed. */
    ListedDocument toListed() {
        return new ListedDocument(docId, source, tokens, state.listedAs());
    }
}
