package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import io.varlen.sequence.Unpadding;
import java.util.Arrays;
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
     * The keys of the query's own chunk (Llama 4): key positions are cut into chunks of {@code size} from the sequence's first
     * key on, {@code [⌊(q + d) / size⌋ · size, (⌊(q + d) / size⌋ + 1) · size)}. Looks forward too: chunked layers take {@code
     * chunked(size).and(causal())}.
     */
    static Mask chunked(int size) {
        return new Chunked(size);
    }

    /**
     * Prefix-LM: every query sees the first {@code length} keys and those up to its own position, {@code [0, max(q + d + 1,
     * length))}.
     *
     * @param length keys that all queries of a sequence see; more than there are is all of them
     */
    static Mask prefix(int length) {
        return new Prefix(new int[] {length}, true);
    }

    /**
     * Prefix-LM with a prefix of its own per sequence.
     *
     * @param lengths one per sequence of the batch, zero-length sequences included
     */
    static Mask prefix(int[] lengths) {
        return new Prefix(lengths.clone(), false);
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
     * Any keys at all: the slow general way, which takes memory for each pair.
     *
     * @param columns keys per query: at least as many as the longest sequence has
     * @param visible bit {@code t · columns + j} tells whether query {@code t}, in the packed axis, sees the {@code j}-th key
     *     of its own sequence; bits for keys that the sequence does not have are not looked at
     */
    static Mask dense(int columns, BitSet visible) {
        return new Dense(columns, (BitSet) visible.clone());
    }

    /**
     * A 3-D mask of rows padded on the right, {@code [rows, L, L]} or with fewer queries than keys: {@code visible[i][q][k]}
     * tells whether the {@code q}-th query of sequence {@code i} sees its {@code k}-th key. What is behind the end of a
     * sequence is not looked at.
     *
     * @param queries {@code cu_seqlens_q} of the batch
     * @throws IllegalArgumentException if a sequence has more queries than its matrix has rows, or the matrices differ in
     *     their columns
     */
    static Mask dense(boolean[][][] visible, CuSeqlens queries) {
        return DenseBits.of(visible, queries);
    }

    /**
     * The same, laid out as one array of ones and zeros: {@code visible[(i · rows + q) · columns + k]}.
     *
     * @param rows queries per sequence in {@code visible}
     * @param columns keys per sequence in {@code visible}
     * @throws IllegalArgumentException if the array has another size, holds anything but 0 and 1, or a sequence has more
     *     queries than {@code rows}
     */
    static Mask dense(byte[] visible, int rows, int columns, CuSeqlens queries) {
        return DenseBits.of(visible, rows, columns, queries);
    }

    /**
     * A 3-D mask of padded rows, wherever their padding is: {@code visible[row][q][k]} with {@code q} and {@code k} columns of
     * the padded row. For self-attention over {@link Unpadding#cuSeqlens()}; where a row holds several sequences, none sees
     * another.
     *
     * @param visible {@code [rows, length, length]}
     * @throws IllegalArgumentException if it has another shape
     */
    static Mask dense(boolean[][][] visible, Unpadding unpadding) {
        return DenseBits.of(visible, unpadding);
    }

    /**
     * The mask of that name, as {@link #toString} writes it: {@code full}, {@code causal}, {@code sliding_window(left,
     * right)}, {@code chunked(size)}, {@code prefix(length)}, or several of them joined by {@code &}. Masks that belong to one
     * batch have no such text.
     *
     * @throws io.varlen.InvalidInputException saying what there is
     */
    static Mask parse(String text) {
        return new MaskParser(text).parse();
    }

    /** The keys that both masks let the query see. */
    default Mask and(Mask other) {
        return new And(this, other);
    }

    /** A side of a sliding window without an end. */
    int UNLIMITED = -1;

    /** See {@link #full()}. */
    record Full() implements Mask {
        @Override
        public String toString() {
            return "full";
        }
    }

    /** See {@link #slidingWindow(int, int)}. */
    record SlidingWindow(int left, int right) implements Mask {
        public SlidingWindow {
            if (left < UNLIMITED || right < UNLIMITED) {
                throw new IllegalArgumentException("a sliding window of (" + left + ", " + right
                        + "): each side is a number of keys, or -1 for no limit");
            }
        }

        @Override
        public String toString() {
            return left == UNLIMITED && right == 0 ? "causal" : "sliding_window(" + left + ", " + right + ")";
        }
    }

    /** See {@link #chunked(int)}. */
    record Chunked(int size) implements Mask {
        public Chunked {
            if (size < 1) {
                throw new IllegalArgumentException("chunks of " + size + " keys; there must be at least 1");
            }
        }

        @Override
        public String toString() {
            return "chunked(" + size + ")";
        }
    }

    /** See {@link #prefix(int)}. */
    final class Prefix implements Mask {
        private final int[] lengths;
        private final boolean forAll;

        private Prefix(int[] lengths, boolean forAll) {
            for (int length : lengths) {
                if (length < 0) {
                    throw new IllegalArgumentException("a prefix of " + length + " keys");
                }
            }
            this.lengths = lengths;
            this.forAll = forAll;
        }

        int length(int sequence) {
            return lengths[forAll ? 0 : sequence];
        }

        /** @throws IllegalArgumentException if there is not one length for each of so many sequences */
        void requireFor(int sequences) {
            if (!forAll && lengths.length != sequences) {
                throw new IllegalArgumentException(lengths.length + " prefix lengths for " + sequences + " sequences");
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Prefix that && forAll == that.forAll && Arrays.equals(lengths, that.lengths);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(lengths);
        }

        @Override
        public String toString() {
            return forAll ? "prefix(" + lengths[0] + ")" : "prefix(" + lengths.length + " lengths)";
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

        @Override
        public String toString() {
            return "document";
        }
    }

    /** See {@link #dense(int, BitSet)}. Equal only to itself: the bits belong to one batch. */
    final class Dense implements Mask {
        private final int columns;
        private final BitSet visible;

        Dense(int columns, BitSet visible) {
            if (columns < 0) {
                throw new IllegalArgumentException("a dense mask of " + columns + " columns");
            }
            this.columns = columns;
            this.visible = visible;
        }

        int columns() {
            return columns;
        }

        /** How many queries there are bits for, at least. */
        int rows() {
            return columns == 0 ? 0 : (int) ((visible.length() - 1L + columns) / columns);
        }

        /** Which of the keys {@code [from, to)} of its sequence a query sees: bit 0 is key {@code from}. */
        BitSet row(int query, int from, int to) {
            int at = query * columns;
            return visible.get(at + from, at + to);
        }

        @Override
        public String toString() {
            return "dense";
        }
    }

    /** See {@link #and(Mask)}. */
    record And(Mask first, Mask second) implements Mask {
        @Override
        public String toString() {
            return first + " & " + second;
        }
    }
}
