package io.varlen.tokenizer.internal.bpe;

import io.varlen.tokenizer.internal.Words;
import java.util.Arrays;

/** An immutable map from byte sequences to ids. */
final class TokenIndex {
    private static final int ABSENT = -1;

    private final byte[][] tokens;
    private final int[] slots;
    private final int shift;

    /**
     * @param tokens the bytes of each id; null for ids that are not in the map
     */
    TokenIndex(byte[][] tokens) {
        this.tokens = tokens;
        int bits = 33 - Integer.numberOfLeadingZeros(Math.max(8, tokens.length));
        this.slots = new int[1 << bits];
        this.shift = 64 - bits;
        Arrays.fill(slots, ABSENT);
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] != null) {
                slots[slotOf(tokens[id], 0, tokens[id].length)] = id;
            }
        }
    }

    /** The id of {@code bytes[from, to)}; -1 if there is none. */
    int find(byte[] bytes, int from, int to) {
        return slots[slotOf(bytes, from, to)];
    }

    /** The slot that holds these bytes, else the free one for them. */
    private int slotOf(byte[] bytes, int from, int to) {
        int slot = (int) (Words.hash(bytes, from, to) >>> shift);
        while (slots[slot] != ABSENT) {
            byte[] token = tokens[slots[slot]];
            if (Arrays.equals(token, 0, token.length, bytes, from, to)) {
                break;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }
}
