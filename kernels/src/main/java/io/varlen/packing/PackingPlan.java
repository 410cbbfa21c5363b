package io.varlen.packing;

import java.util.Collections;
import java.util.List;

/**
 * Which lengths share a row, decided on a histogram of lengths.
 *
 * <p>Both algorithms take the pieces longest first. Pieces of one length are interchangeable, and so are rows with the same
 * contents, so a plan follows whole classes of rows at once and costs time by the number of lengths and patterns, not of
 * pieces. The number of rows and what is free in them are exactly those of the algorithm run piece by piece.
 *
 * <p>Lengths are in slots, as {@link RowLimits#slots} rounds them up.
 */
public final class PackingPlan {
    private final int seqLen;
    private final List<RowPattern> patterns;
    private final long rows;
    private final long tokens;

    private PackingPlan(int seqLen, List<RowPattern> patterns) {
        this.seqLen = seqLen;
        this.patterns = Collections.unmodifiableList(patterns);
        this.rows = patterns.stream().mapToLong(RowPattern::rows).reduce(0, Math::addExact);
        this.tokens = patterns.stream()
                .mapToLong(p -> Math.multiplyExact(p.rows(), (long) p.tokens()))
                .reduce(0, Math::addExact);
    }

    /**
     * Puts each piece into the row that it fits most tightly: the one that could take the shortest longest piece; of those
     * the fullest, then the one with the least Σ length², then the one with the fewest segments.
     *
     * @throws IllegalArgumentException if a piece does not fit into a row
     */
    public static PackingPlan bestFitDecreasing(LengthHistogram pieces, RowLimits limits) {
        BestFitRows rows = new BestFitRows(limits);
        placeDecreasing(pieces, limits, rows::place);
        return new PackingPlan(limits.seqLen(), rows.patterns());
    }

    /**
     * Puts each piece into the oldest row that it fits into.
     *
     * @throws IllegalArgumentException if a piece does not fit into a row
     */
    public static PackingPlan firstFitDecreasing(LengthHistogram pieces, RowLimits limits) {
        FirstFitRows rows = new FirstFitRows(limits);
        placeDecreasing(pieces, limits, rows::place);
        return new PackingPlan(limits.seqLen(), rows.patterns());
    }

    private interface Placement {
        void place(int length, long count);
    }

    private static void placeDecreasing(LengthHistogram pieces, RowLimits limits, Placement rows) {
        if (pieces.maxLength() > limits.pieceLimit()) {
            throw new IllegalArgumentException(
                    "a piece of " + pieces.maxLength() + " tokens does not fit into rows of " + limits.pieceLimit());
        }
        int[] lengths = pieces.lengths();
        for (int i = lengths.length - 1; i >= 0; i--) {
            rows.place(lengths[i], pieces.count(lengths[i]));
        }
    }

    public int seqLen() {
        return seqLen;
    }

    /** The patterns, in an order that follows from the histogram alone. */
    public List<RowPattern> patterns() {
        return patterns;
    }

    public long rows() {
        return rows;
    }

    /** The tokens of all rows, padding not counted. */
    public long tokens() {
        return tokens;
    }

    public long paddingTokens() {
        return Math.subtractExact(Math.multiplyExact(rows, (long) seqLen), tokens);
    }

    /** The share of the rows' slots that hold tokens; 1 if there is no row. */
    public double efficiency() {
        return rows == 0 ? 1 : (double) tokens / ((double) rows * seqLen);
    }

    @Override
    public String toString() {
        return rows + " rows of " + seqLen + " in " + patterns.size() + " patterns, efficiency " + efficiency();
    }
}
