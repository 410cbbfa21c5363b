package io.varlen.packing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows of best-fit-decreasing so far, by how tightly a piece would fit. */
final class BestFitRows {
    private final RowLimits limits;
    private final boolean countsSquares;
    private final boolean countsDocuments;
    private final TreeMap<Room, List<RowPattern>> byRoom = new TreeMap<>();

    /** What is left in a row; rows with equal room are interchangeable. What no limit counts is 0. */
    private record Room(int reach, int space, long squaredLength, int documents) implements Comparable<Room> {
        @Override
        public int compareTo(Room other) {
            int order = Integer.compare(reach, other.reach);
            order = order != 0 ? order : Integer.compare(space, other.space);
            order = order != 0 ? order : Long.compare(squaredLength, other.squaredLength);
            return order != 0 ? order : Integer.compare(documents, other.documents);
        }
    }

    BestFitRows(RowLimits limits) {
        this.limits = limits;
        this.countsSquares = limits.maxSquaredLength() != RowLimits.UNBOUNDED;
        this.countsDocuments = limits.maxDocuments() != RowLimits.ANY_NUMBER;
    }

    /** Places {@code count} pieces; none before was shorter. */
    void place(int length, long count) {
        long left = count;
        while (left > 0) {
            Map.Entry<Room, List<RowPattern>> tightest = byRoom.ceilingEntry(new Room(length, 0, 0, 0));
            if (tightest == null) {
                int copies = RowPattern.EMPTY.copies(length, limits);
                add(RowPattern.EMPTY.times((left - 1) / copies + 1));
            } else {
                left = fill(tightest.getKey(), tightest.getValue(), length, left);
            }
        }
    }

    List<RowPattern> patterns() {
        List<RowPattern> patterns = new ArrayList<>();
        byRoom.values().forEach(patterns::addAll);
        return patterns;
    }

    /** Fills rows of one class, each as far as it goes: a row just begun has become the tightest fit itself. */
    private long fill(Room room, List<RowPattern> rows, int length, long count) {
        long left = count;
        while (left > 0 && !rows.isEmpty()) {
            RowPattern pattern = rows.remove(rows.size() - 1);
            int copies = pattern.copies(length, limits);
            long full = Math.min(pattern.rows(), left / copies);
            left -= full * copies;
            long untouched = pattern.rows() - full;
            if (full > 0) {
                add(pattern.plus(length, copies).times(full));
            }
            if (untouched > 0 && left > 0) {
                add(pattern.plus(length, (int) left).times(1));
                left = 0;
                untouched--;
            }
            if (untouched > 0) {
                rows.add(pattern.times(untouched));
            }
        }
        if (rows.isEmpty()) {
            byRoom.remove(room);
        }
        return left;
    }

    private void add(RowPattern pattern) {
        Room room = new Room(
                limits.reach(pattern.tokens(), pattern.documents(), pattern.squaredLength()),
                limits.seqLen() - pattern.tokens(),
                countsSquares ? pattern.squaredLength() : 0,
                countsDocuments ? pattern.documents() : 0);
        byRoom.computeIfAbsent(room, r -> new ArrayList<>()).add(pattern);
    }
}
