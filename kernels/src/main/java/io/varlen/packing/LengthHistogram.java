package io.varlen.packing;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How many things there are of each length: a sparse map from length to count.
 *
 * <p>Memory and serialized size follow the number of distinct lengths, not the longest one. Mutable, not safe for
 * concurrent use; partial histograms are {@link #merge merged}, in any order to the same result.
 */
public final class LengthHistogram implements Serializable {
    // open addressing with linear probing; length 0 marks a free slot
    private int[] slotLengths = new int[16];
    private long[] slotCounts = new long[16];
    private int distinct;

    /** From the sparse form, as {@link #lengths()} and {@link #count} give it. */
    public static LengthHistogram of(int[] lengths, long[] counts) {
        if (lengths.length != counts.length) {
            throw new IllegalArgumentException(lengths.length + " lengths but " + counts.length + " counts");
        }
        LengthHistogram histogram = new LengthHistogram();
        for (int i = 0; i < lengths.length; i++) {
            histogram.add(lengths[i], counts[i]);
        }
        return histogram;
    }

    /** Counts one thing of {@code length}, which is positive. */
    public void add(int length) {
        add(length, 1);
    }

    /** Counts {@code count >= 0} things of {@code length}, which is positive. */
    public void add(int length, long count) {
        if (length < 1 || count < 0) {
            throw new IllegalArgumentException("cannot count " + count + " things of length " + length);
        }
        if (count == 0) {
            return;
        }
        int slot = slotOf(length);
        if (slotLengths[slot] == 0) {
            slotLengths[slot] = length;
            distinct++;
        }
        slotCounts[slot] = Math.addExact(slotCounts[slot], count);
        if (distinct * 4L > slotLengths.length * 3L) {
            grow();
        }
    }

    /** Adds the counts of {@code other} and returns this. */
    public LengthHistogram merge(LengthHistogram other) {
        for (int i = 0; i < other.slotLengths.length; i++) {
            if (other.slotLengths[i] != 0) {
                add(other.slotLengths[i], other.slotCounts[i]);
            }
        }
        return this;
    }

    /** How many have that length. */
    public long count(int length) {
        return length < 1 ? 0 : slotCounts[slotOf(length)];
    }

    /** The lengths that occur, ascending. */
    public int[] lengths() {
        return Arrays.stream(slotLengths).filter(length -> length != 0).sorted().toArray();
    }

    /** How many there are in total. */
    public long total() {
        long total = 0;
        for (long count : slotCounts) {
            total = Math.addExact(total, count);
        }
        return total;
    }

    /** The sum of all lengths. */
    public long tokens() {
        long tokens = 0;
        for (int i = 0; i < slotLengths.length; i++) {
            tokens = Math.addExact(tokens, Math.multiplyExact(slotCounts[i], (long) slotLengths[i]));
        }
        return tokens;
    }

    /** The longest length; 0 if there is none. */
    public int maxLength() {
        return Arrays.stream(slotLengths).max().orElse(0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LengthHistogram that
                && distinct == that.distinct
                && Arrays.stream(lengths()).allMatch(length -> count(length) == that.count(length));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(lengths());
    }

    @Override
    public String toString() {
        return total() + " of " + distinct + " lengths up to " + maxLength();
    }

    private int slotOf(int length) {
        int mask = slotLengths.length - 1;
        int slot = (length * 0x9E3779B9 >>> 8) & mask;
        while (slotLengths[slot] != 0 && slotLengths[slot] != length) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int[] lengths = slotLengths;
        long[] counts = slotCounts;
        slotLengths = new int[lengths.length * 2];
        slotCounts = new long[lengths.length * 2];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] != 0) {
                int slot = slotOf(lengths[i]);
                slotLengths[slot] = lengths[i];
                slotCounts[slot] = counts[i];
            }
        }
    }
}
