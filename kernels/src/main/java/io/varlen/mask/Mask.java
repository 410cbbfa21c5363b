package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import java.util.BitSet;

/**
 * Which keys of its own sequence a query sees: an argument of the attention call, never state of a layer.
 *
 * <p>Every mask here but a dense one gives query {@code q} one interval of keys {@code [lo(q), hi(q))} whose ends never decrease
 * from a query to the next. Both properties survive {@link #and}, which is {@code (max lo, min hi)}. Positions count from the
 * first token of the sequence. With {@code d = keys - queries}, the query at {@code q} stands at key {@code q + d}: the last
 * query is aligned with the last key ("bottom-right").
 *
 * <p>A mask is worked out for a batch by {@link MaskPlan#of}.
 */
public sealed interface Mask {

    /** Every key of the sequence. */
    static Mask full() {
        return new Full();
    }

    /** The keys up to the query's own position: {@code [0, q + d + 1)}. */
    static Mask causal() {
        return slidingWindow(UNLIMITED, 0);
    }

    /**
     * The keys around the query's own position: {@code [q + d - left, q + d + right + 1)}.
     *
     * @param left how many keys before its own position, or {@link #UNLIMITED}
     * @param right how many keys behind it, or {@link #UNLIMITED}
     */
    static Mask slidingWindow(int left, int right) {
        return new SlidingWindow(left, right);
    }

    /**
     * The keys of the query's own document, for self-attention over sequences that hold several documents each.
     *
     * @param documents boundaries in the same packed axis as the batch's {@code cu_seqlens}; a document that crosses the
     *     end of a sequence is cut there
     */
    static Mask document(CuSeqlens documents) {
        int[] ids = documents.segmentIds();
        return new Document(ids, ids);
    }

    /**
     * The keys with the query's own document id.
     *
     * @param queryIds {@code [T]} ids that do not decrease within a sequence
     * @param keyIds {@code [S]} likewise
     */
    static Mask document(int[] queryIds, int[] keyIds) {
        return new Document(queryIds.clone(), keyIds.clone());
    }

    /**
     * Any keys at all: the slow general way, for which every pair is looked up.
     *
     * @param columns the longest sequence of keys, at least
     * @param visible bit {@code t · columns + j} tells whether query {@code t}, in the packed axis, sees the {@code j}-th key
     *     of its own sequence
     */
    static Mask dense(int columns, BitSet visible) {
        return new Dense(columns, (BitSet) visible.clone());
    }

    /** The keys that both masks let the query see. */
    default Mask and(Mask other) {
        return new And(this, other);
    }

    /** A side of a sliding window without an end. */
    int UNLIMITED = -1;

    /** See {@link #full()}. */
    record Full() implements Mask {}

    /** See {@link #slidingWindow(int, int)}. */
    record SlidingWindow(int left, int right) implements Mask {
        public SlidingWindow {
            if (left < UNLIMITED || right < UNLIMITED) {
                throw new IllegalArgumentException("a sliding window of (" + left + ", " + right
                        + "): each side is a number of keys, or -1 for no limit");
            }
        }
    }

    /** See {@link #document(int[], int[])}. Equal only to itself: the ids belong to one batch. */
    final class Document implements Mask {
        private final int[] queryIds;
        private final int[] keyIds;

        private Document(int[] queryIds, int[] keyIds) {
            this.queryIds = queryIds;
            this.keyIds = keyIds;
        }

        int[] queryIds() {
            return queryIds;
        }

        int[] keyIds() {
            return keyIds;
        }
    }

    /** See {@link #dense(int, BitSet)}. Equal only to itself: the bits belong to one batch. */
    final class Dense implements Mask {
        private final int columns;
        private final BitSet visible;

        private Dense(int columns, BitSet visible) {
            this.columns = columns;
            this.visible = visible;
        }

        int columns() {
            return columns;
        }

        boolean visible(int query, int key) {
            return visible.get(Math.addExact(Math.multiplyExact(query, columns), key));
        }
    }

    /** See {@link #and(Mask)}. */
    record And(Mask first, Mask second) implements Mask {}
}
