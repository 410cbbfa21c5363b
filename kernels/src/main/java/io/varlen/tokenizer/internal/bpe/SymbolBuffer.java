package io.varlen.tokenizer.internal.bpe;

import java.util.Arrays;

/** The symbols of a stretch of text, from left to right: their ids and where each ends. Not safe for concurrent use. */
final class SymbolBuffer {
    int[] ids = new int[64];
    int[] ends = new int[64];
    int size;

    /** Where the first symbol begins. */
    int start;

    void clear(int newStart) {
        start = newStart;
        size = 0;
    }

    void add(int id, int end) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
            ends = Arrays.copyOf(ends, 2 * size);
        }
        ids[size] = id;
        ends[size++] = end;
    }

    int startOf(int symbol) {
        return symbol == 0 ? start : ends[symbol - 1];
    }
}
