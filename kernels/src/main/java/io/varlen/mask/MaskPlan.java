package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import java.util.List;

/**
 * A mask worked out for the sequences of one batch: per query the interval of keys it sees, in the packed key axis.
 *
 * <p>Built once per batch and distinct mask, then shared by every layer and head. Because neither end of the interval ever
 * decreases along the packed axis, what a tile of the score matrix holds follows from its corners. Immutable.
 */
public final class MaskPlan {
    /** What a rectangle of the score matrix holds. */
    public enum Tile {
        /** Every query sees every key; never said of a dense mask. */
        FULL,
        /** No query sees any key. */
        EMPTY,
        /** Anything between; also an empty tile that only some of its inner queries could tell. */
        PARTIAL
    }

    private final Mask mask;
    private final CuSeqlens queries;
    private final CuSeqlens keys;
    private final int[] lo;
    private final int[] hi;
    private final VisibleBits dense;
    private final long visitedPairs;
    private final long visiblePairs;

    /** The last tiles that were asked for: the layers of a model ask for the same ones. */
    private volatile QueryTiles tiles;

    private MaskPlan(Mask mask, CuSeqlens queries, CuSeqlens keys, IntervalBuilder intervals) {
        this.mask = mask;
        this.queries = queries;
        this.keys = keys;
        this.dense = intervals.narrow();
        this.lo = intervals.lo();
        this.hi = intervals.hi();
        long pairs = 0;
        for (int q = 0; q < lo.length; q++) {
            pairs += hi[q] - lo[q];
        }
        this.visitedPairs = pairs;
        this.visiblePairs = dense == null ? pairs : dense.count();
    }

    /** For self-attention, where queries and keys share their boundaries. */
    public static MaskPlan of(Mask mask, CuSeqlens sequences) {
        return of(mask, sequences, sequences);
    }

    /**
     * @param queries {@code cu_seqlens_q}; {@code T = queries.total()}
     * @param keys {@code cu_seqlens_k}; {@code S = keys.total()}; the i-th sequence of the one attends to the i-th of the other
     * @throws IllegalArgumentException if the counts differ, or document ids, prefix lengths or
     *     dense masks do not fit the sequences
     */
    public static MaskPlan of(Mask mask, CuSeqlens queries, CuSeqlens keys) {
        if (queries.count() != keys.count()) {
            throw new IllegalArgumentException(
                    "cu_seqlens_q hold " + queries.count() + " sequences, cu_seqlens_k " + keys.count());
        }
        IntervalBuilder intervals = new IntervalBuilder(queries, keys);
        intervals.restrict(mask);
        return new MaskPlan(mask, queries, keys, intervals);
    }

    /** What was worked out. */
    public Mask mask() {
        return mask;
    }

    public CuSeqlens queries() {
        return queries;
    }

    public CuSeqlens keys() {
        return keys;
    }

    /** The first key that query {@code q} sees; both count in their packed axes. */
    public int lo(int q) {
        return lo[q];
    }

    /** The key behind the last one that query {@code q} sees; equal to {@link #lo} if it sees none. */
    public int hi(int q) {
        return hi[q];
    }

    /**
     * Whether the intervals alone do not tell what is seen, so that each pair within them is to be looked up. They are then as
     * narrow as two ends that never decrease can be.
     */
    public boolean isDense() {
        return dense != null;
    }

    /** Whether query {@code q} sees a key; both count in their packed axes. */
    public boolean visible(int q, int key) {
        return key >= lo[q] && key < hi[q] && (dense == null || dense.get(q, key));
    }

    /**
     * Which of the 64 keys from {@code key} on query {@code q} sees: bit {@code i} stands for key {@code key + i}, wherever
     * {@code key} lies. For loops over a dense mask.
     */
    public long visibleBits(int q, int key) {
        return dense == null ? bitsBelow(hi[q] - (long) key) & ~bitsBelow(lo[q] - (long) key) : dense.from(q, key);
    }

    private static long bitsBelow(long end) {
        return end <= 0 ? 0 : end >= 64 ? -1 : (1L << end) - 1;
    }

    /** What the queries {@code [queryFrom, queryTo)} see of the keys {@code [keyFrom, keyTo)}, in constant time. */
    public Tile tile(int queryFrom, int queryTo, int keyFrom, int keyTo) {
        if (queryFrom >= queryTo || keyFrom >= keyTo || keyTo <= lo[queryFrom] || keyFrom >= hi[queryTo - 1]) {
            return Tile.EMPTY;
        }
        return dense == null && keyFrom >= lo[queryTo - 1] && keyTo <= hi[queryFrom] ? Tile.FULL : Tile.PARTIAL;
    }

    /** All queries in tiles of at most {@code size}, each from the start of its sequence on; what costs most comes first. */
    public List<QueryTile> queryTiles(int size) {
        QueryTiles known = tiles;
        if (known == null || known.size() != size) {
            known = QueryTiles.of(this, size);
            tiles = known;
        }
        return known.tiles();
    }

    /**
     * How many query-key pairs lie within the intervals, which is what a kernel computes for one head, apart from the corners
     * of its tiles: attention costs {@code 4 · visitedPairs · headDim} FLOPs per head.
     */
    public long visitedPairs() {
        return visitedPairs;
    }

    /** How many query-key pairs are seen: {@link #visitedPairs} but for a dense mask, which hides some of them. */
    public long visiblePairs() {
        return visiblePairs;
    }
}
