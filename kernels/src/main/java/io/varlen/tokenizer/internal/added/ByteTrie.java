package io.varlen.tokenizer.internal.added;

import java.util.Arrays;
import java.util.Map;

/** A set of byte sequences, each with a number, that are looked for in text. Immutable. */
final class ByteTrie {
    private static final int FREE = -1;

    /** Children by {@code node << 8 | byte}: key and node in turn. */
    private int[] slots = new int[64];

    private int used;

    /** The number of the sequence that ends at each node; -1 if none does. */
    private int[] numbers = new int[16];

    private int nodes = 1;

    /** Which bytes begin a sequence, and which two bytes: nearly all text is told apart by these. */
    private final boolean[] firsts = new boolean[256];

    private final long[] pairs = new long[65536 / 64];

    /** @param sequences none empty, with numbers from 0 on */
    ByteTrie(Map<byte[], Integer> sequences) {
        Arrays.fill(slots, FREE);
        Arrays.fill(numbers, -1);
        sequences.forEach(this::add);
    }

    private void add(byte[] sequence, int number) {
        int node = 0;
        for (byte b : sequence) {
            node = childOrNew(node, b & 0xFF);
        }
        numbers[node] = number;
        int first = sequence[0] & 0xFF;
        firsts[first] = true;
        for (int second = 0; second < 256; second++) {
            if (sequence.length == 1 || second == (sequence[1] & 0xFF)) {
                pairs[(first << 8 | second) >> 6] |= 1L << second;
            }
        }
    }

    /** The first position from {@code from} on where a sequence may begin; {@code to} if there is none. */
    int nextCandidate(byte[] utf8, int from, int to) {
        for (int i = from; i < to; i++) {
            int first = utf8[i] & 0xFF;
            if (firsts[first] && mayContinue(first, utf8, i + 1, to)) {
                return i;
            }
        }
        return to;
    }

    private boolean mayContinue(int first, byte[] utf8, int next, int to) {
        if (next == to) {
            return true;
        }
        int second = utf8[next] & 0xFF;
        return (pairs[(first << 8 | second) >> 6] >>> second & 1) != 0;
    }

    /** The longest sequence that begins at {@code from}: its number in the low half, its end in the high one; -1 if none. */
    long longestMatch(byte[] utf8, int from, int to) {
        long longest = -1;
        int node = 0;
        for (int i = from; i < to && (node = child(node, utf8[i] & 0xFF)) > 0; i++) {
            if (numbers[node] >= 0) {
                longest = (long) (i + 1) << 32 | numbers[node];
            }
        }
        return longest;
    }

    /** The child of {@code node}; 0, which is the root and no child, if there is none. */
    private int child(int node, int b) {
        int slot = slotOf(node << 8 | b);
        return slots[slot] == FREE ? 0 : slots[slot + 1];
    }

    private int childOrNew(int node, int b) {
        int existing = child(node, b);
        if (existing > 0) {
            return existing;
        }
        if (used * 4 >= slots.length) {
            rehash();
        }
        if (nodes == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * nodes);
            Arrays.fill(numbers, nodes, 2 * nodes, -1);
        }
        put(node << 8 | b, nodes);
        return nodes++;
    }

    private void put(int key, int value) {
        int slot = slotOf(key);
        slots[slot] = key;
        slots[slot + 1] = value;
        used++;
    }

    private void rehash() {
        int[] before = slots;
        slots = new int[2 * before.length];
        Arrays.fill(slots, FREE);
        used = 0;
        for (int i = 0; i < before.length; i += 2) {
            if (before[i] != FREE) {
                put(before[i], before[i + 1]);
            }
        }
    }

    private int slotOf(int key) {
        int slot = (key * 0x9E3779B9 >>> 7) * 2 & slots.length - 1;
        while (slots[slot] != FREE && slots[slot] != key) {
            slot = slot + 2 & slots.length - 1;
        }
        return slot;
    }
}
