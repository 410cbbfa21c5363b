package io.varlen.tokenizer.internal.bpe;

import java.util.Arrays;

/** An immutable map from a pair of neighbouring symbols to their merge: its rank, and the id of what they become. */
final class MergeTable {
    /** No merge; greater than every merge. */
    static final long NONE = Long.MAX_VALUE;

    private static final long FREE = -1;

    /** Key and value in turn. */
    private final long[] slots;

    private final int shift;

    /** @param capacity at least the number of merges that will be put */
    MergeTable(int capacity) {
        int bits = 33 - Integer.numberOfLeadingZeros(Math.max(8, capacity));
        slots = new long[2 << bits];
        shift = 63 - bits;
        Arrays.fill(slots, FREE);
    }

    /** Only while the table is built. A pair that is here already gets the new merge. */
    void put(int left, int right, int rank, int id) {
        long key = key(left, right);
        int slot = slotOf(key);
        slots[slot] = key;
        slots[slot + 1] = (long) rank << 32 | id;
    }

    /** The merge, its rank in the high half and the id in the low one, so that smaller is earlier; else {@link #NONE}. */
    long get(int left, int right) {
        long key = key(left, right);
        int slot = slotOf(key);
        return slots[slot] == key ? slots[slot + 1] : NONE;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    private int slotOf(long key) {
        long h = (key ^ key >>> 29) * 0x9E3779B97F4A7C15L;
        int slot = (int) (h >>> shift) & -2;
        while (slots[slot] != key && slots[slot] != FREE) {
            slot = slot + 2 & slots.length - 1;
        }
        return slot;
    }
}
