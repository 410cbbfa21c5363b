package io.varlen.spark.profile;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts values in bounded memory: integers up to 1024 and the extremes as they are, others to within a two thousandth.
 * Partial counts are {@link #merge merged} in any order to the same result.
 */
final class ValueCounter implements Serializable {
    /** Bits of the mantissa that are told apart; a power of two has 2^10 values to the next. */
    private static final int KEPT_BITS = 10;

    private static final long HALF = 1L << 52 - KEPT_BITS - 1;

    private final Map<Double, Long> counts = new HashMap<>();
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;

    /** @param value finite */
    void add(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("cannot count " + value);
        }
        counts.merge(rounded(value), 1L, Long::sum);
        least = Math.min(least, value);
        most = Math.max(most, value);
    }

    ValueCounter merge(ValueCounter other) {
        other.counts.forEach((value, count) -> counts.merge(value, count, Long::sum));
        least = Math.min(least, other.least);
        most = Math.max(most, other.most);
        return this;
    }

    Distribution distribution() {
        TreeMap<Double, Long> all = new TreeMap<>(counts);
        if (!all.isEmpty()) { // one of each end is told exactly
            move(all, all.firstKey(), least);
            if (all.size() > 1 || all.firstEntry().getValue() > 1) {
                move(all, all.lastKey(), most);
            }
        }
        TreeMap<Double, Long> within = new TreeMap<>();
        all.forEach((value, count) -> within.merge(Math.max(least, Math.min(most, value)), count, Long::sum));
        return new Distribution(
                within.keySet().stream().mapToDouble(Double::doubleValue).toArray(),
                within.values().stream().mapToLong(Long::longValue).toArray());
    }

    private static void move(TreeMap<Double, Long> all, double from, double to) {
        all.computeIfPresent(from, (value, count) -> count == 1 ? null : Long.valueOf(count - 1));
        all.merge(to, 1L, Long::sum);
    }

    private static double rounded(double value) {
        double zero = value + 0.0; // -0.0 is 0
        return Double.longBitsToDouble(Double.doubleToLongBits(zero) + HALF & -2 * HALF);
    }
}
