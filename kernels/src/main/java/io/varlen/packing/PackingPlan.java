package io.varlen.packing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which lengths share a row: best-fit-decreasing over a histogram of lengths.
 *
 * <p>Best-fit-decreasing takes the pieces longest first and puts each into the open row with the least space that still
 * holds it, or into a new row. Pieces of one length are interchangeable, and so are rows with the same space, so the plan
 * follows whole classes of rows at once and costs time by the number of lengths and patterns, not of pieces. The number
 * of rows and the multiset of their spaces are exactly those of the algorithm run piece by piece.
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
     * Plans rows of {@code seqLen} tokens for pieces of the lengths counted in {@code pieces}.
     *
     * @throws IllegalArgumentException if a piece is longer than {@code seqLen}
     */
    public static PackingPlan bestFitDecreasing(LengthHistogram pieces, int seqLen) {
        if (seqLen < 1 || pieces.maxLength() > seqLen) {
            throw new IllegalArgumentException(
                    "a piece of " + pieces.maxLength() + " tokens does not fit into rows of " + seqLen);
        }
        OpenRows open = new OpenRows(seqLen);
        int[] lengths = pieces.lengths();
        for (int i = lengths.length - 1; i >= 0; i--) {
            open.place(lengths[i], pieces.count(lengths[i]));
        }
        return new PackingPlan(seqLen, open.patterns());
    }

    public int seqLen() {
        return seqLen;
    }

    /** The patterns, in an order that follows from the histogram alone: fullest rows first. */
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

    /** The rows so far, as classes of equal space; a class lists the patterns that have that space left. */
    private static final class OpenRows {
        private final int seqLen;
        private final TreeMap<Integer, List<RowPattern>> bySpace = new TreeMap<>();

        OpenRows(int seqLen) {
            this.seqLen = seqLen;
        }

        void place(int length, long count) {
            long left = count;
            while (left > 0) {
                Map.Entry<Integer, List<RowPattern>> tightest = bySpace.ceilingEntry(length);
                if (tightest == null) {
                    long rows = (left - 1) / (seqLen / length) + 1;
                    add(seqLen, new RowPattern(null, 0, rows));
                } else {
                    left = fill(tightest.getKey(), tightest.getValue(), length, left);
                }
            }
        }

        /** Fills rows of one class, each as far as it goes: a row just begun has become the tightest fit itself. */
        private long fill(int space, List<RowPattern> rows, int length, long count) {
            int copies = space / length;
            long left = count;
            while (left > 0 && !rows.isEmpty()) {
                RowPattern pattern = rows.remove(rows.size() - 1);
                long full = Math.min(pattern.rows(), left / copies);
                left -= full * copies;
                long untouched = pattern.rows() - full;
                if (full > 0) {
                    add(space - copies * length, extend(pattern, length, copies, full));
                }
                if (untouched > 0 && left > 0) {
                    add(space - (int) left * length, extend(pattern, length, (int) left, 1));
                    left = 0;
                    untouched--;
                }
                if (untouched > 0) {
                    rows.add(new RowPattern(pattern.last(), pattern.tokens(), untouched));
                }
            }
            if (rows.isEmpty()) {
                bySpace.remove(space);
            }
            return left;
        }

        private static RowPattern extend(RowPattern pattern, int length, int copies, long rows) {
            return new RowPattern(
                    new RowPattern.Run(pattern.last(), length, copies), pattern.tokens() + copies * length, rows);
        }

        private void add(int space, RowPattern pattern) {
            bySpace.computeIfAbsent(space, s -> new ArrayList<>()).add(pattern);
        }

        List<RowPattern> patterns() {
            List<RowPattern> patterns = new ArrayList<>();
            bySpace.values().forEach(patterns::addAll);
            return patterns;
        }
    }
}
