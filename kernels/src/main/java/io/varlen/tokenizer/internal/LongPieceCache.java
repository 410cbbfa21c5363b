package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.TokenBuffer;
import java.util.Arrays;

/** The ids of long pieces met before. Forgets all of them when its memory is full. */
final class LongPieceCache {
    static final int MAX_KEY = 256;

    private static final int SLOT_BITS = 14;
    private static final int MAX_ENTRIES = 1 << SLOT_BITS - 1;

    private final int[] slots = new int[1 << SLOT_BITS];
    private final byte[] keys = new byte[1 << 20];
    private final int[] ids = new int[1 << 18];

    /** Where the key and the ids of each entry begin; those of the next entry end them. Entry 0 is never used. */
    private final int[] keyStarts = new int[MAX_ENTRIES + 1];

    private final int[] idStarts = new int[MAX_ENTRIES + 1];
    private int entries;

    LongPieceCache() {
        clear();
    }

    private void clear() {
        Arrays.fill(slots, 0);
        entries = 1;
        keyStarts[1] = 0;
        idStarts[1] = 0;
    }

    /** Appends the ids of the piece, and says whether it is here. */
    boolean append(byte[] utf8, int from, int to, TokenBuffer out) {
        int entry = slots[slotOf(utf8, from, to)];
        if (entry == 0) {
            return false;
        }
        out.addAll(ids, idStarts[entry], idStarts[entry + 1]);
        return true;
    }

    /** Remembers a piece that is not here, with the ids that {@code out} holds from {@code start} on. */
    void put(byte[] utf8, int from, int to, TokenBuffer out, int start) {
        int count = out.size() - start;
        if (count > MAX_KEY) {
            return;
        }
        if (entries + 1 >= MAX_ENTRIES
                || keyStarts[entries] + (to - from) > keys.length
                || idStarts[entries] + count > ids.length) {
            clear();
        }
        slots[slotOf(utf8, from, to)] = entries;
        System.arraycopy(utf8, from, keys, keyStarts[entries], to - from);
        keyStarts[entries + 1] = keyStarts[entries] + to - from;
        for (int i = 0; i < count; i++) {
            ids[idStarts[entries] + i] = out.get(start + i);
        }
        idStarts[entries + 1] = idStarts[entries] + count;
        entries++;
    }

    private int slotOf(byte[] utf8, int from, int to) {
        int slot = (int) (Words.hash(utf8, from, to) >>> 64 - SLOT_BITS);
        while (slots[slot] != 0) {
            int entry = slots[slot];
            if (Arrays.equals(keys, keyStarts[entry], keyStarts[entry + 1], utf8, from, to)) {
                break;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }
}
