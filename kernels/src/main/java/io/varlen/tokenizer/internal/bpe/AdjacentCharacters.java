package io.varlen.tokenizer.internal.bpe;

import java.util.Arrays;

/** A set of pairs of neighbouring characters. */
final class AdjacentCharacters {
    private final boolean[] ascii = new boolean[128 * 128];
    /** Open addressing over the other pairs; 0 is free. */
    private long[] slots = new long[64];

    private int size;

    void add(int first, int second) {
        if (first < 128 && second < 128) {
            ascii[first << 7 | second] = true;
        } else if (!contains(first, second)) {
            if (2 * ++size > slots.length) {
                long[] old = slots;
                slots = new long[2 * old.length];
                Arrays.stream(old).filter(pair -> pair != 0).forEach(pair -> slots[slotOf(pair)] = pair);
            }
            long pair = pair(first, second);
            slots[slotOf(pair)] = pair;
        }
    }

    boolean contains(int first, int second) {
        if (first < 128 && second < 128) {
            return ascii[first << 7 | second];
        }
        long pair = pair(first, second);
        return slots[slotOf(pair)] == pair;
    }

    /** Where {@code pair} is, or belongs. */
    private int slotOf(long pair) {
        long hash = pair * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> 32) & slots.length - 1;
        while (slots[slot] != 0 && slots[slot] != pair) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    /** Not 0, since not both are ASCII. */
    private static long pair(int first, int second) {
        return (long) first << 32 | second;
    }
}
