package io.varlen.spark.profile;

import io.varlen.packing.LengthHistogram;
import java.util.Arrays;

/**
 * How many things there are of each value.
 *
 * @param values those that occur, ascending
 * @param counts how many there are of each, positive
 */
public record Distribution(double[] values, long[] counts) {
    /** @throws IllegalArgumentException if it is none */
    public Distribution {
        boolean ascending = values.length == counts.length;
        for (int i = 1; ascending && i < values.length; i++) {
            ascending = values[i - 1] < values[i];
        }
        if (!ascending || Arrays.stream(counts).anyMatch(count -> count < 1)) {
            throw new IllegalArgumentException(
                    values.length + " values with " + counts.length + " counts are no distribution");
        }
    }

    public static Distribution of(LengthHistogram histogram) {
        int[] lengths = histogram.lengths();
        return new Distribution(
                Arrays.stream(lengths).asDoubleStream().toArray(),
                Arrays.stream(lengths).mapToLong(histogram::count).toArray());
    }

    public boolean isEmpty() {
        return values.length == 0;
    }

    public long total() {
        return Arrays.stream(counts).sum();
    }

    /** The smallest value. */
    public double least() {
        return values[0];
    }

    /** The largest value. */
    public double most() {
        return values[values.length - 1];
    }

    /** The smallest value that at least {@code share} of all are not above. */
    public double quantile(double share) {
        long rank = Math.max(1, (long) Math.ceil(share * total()));
        long below = 0;
        for (int i = 0; i < values.length; i++) {
            below += counts[i];
            if (below >= rank) {
                return values[i];
            }
        }
        return most();
    }

    /**
     * How many lie between each edge, inclusive, and the next one, exclusive; the last edge is inclusive too.
     *
     * @param edges ascending
     */
    public long[] between(double[] edges) {
        long[] between = new long[edges.length - 1];
        for (int i = 0; i < values.length; i++) {
            int place = Arrays.binarySearch(edges, values[i]);
            int bin = place >= 0 ? Math.min(place, between.length - 1) : -place - 2;
            if (bin >= 0 && bin < between.length) {
                between[bin] += counts[i];
            }
        }
        return between;
    }
}
