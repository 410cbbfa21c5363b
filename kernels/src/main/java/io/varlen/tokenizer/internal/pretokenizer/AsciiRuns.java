package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.Words;

/**
 * The ends of runs of ASCII letters, found eight bytes at a time: most words are shorter than that, and where a word ends is
 * what a branch per byte cannot predict.
 */
final class AsciiRuns {
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = 0x80 * ONES;

    private AsciiRuns() {}

    /** The end of the run of {@code [A-Za-z]} at {@code position}. */
    static int letters(byte[] utf8, int position, int to) {
        int p = position;
        for (; p + 8 <= to; p += 8) {
            long bytes = Words.load(utf8, p);
            long others = ~smallLetters(bytes | 0x20 * ONES) & HIGH;
            if (others != 0) {
                return p + (Long.numberOfTrailingZeros(others) >>> 3);
            }
        }
        while (p < to && (utf8[p] | 0x20) >= 'a' && (utf8[p] | 0x20) <= 'z') {
            p++;
        }
        return p;
    }

    /** The end of the run of {@code [a-z]} at {@code position}. */
    static int smallLetters(byte[] utf8, int position, int to) {
        int p = position;
        for (; p + 8 <= to; p += 8) {
            long others = ~smallLetters(Words.load(utf8, p)) & HIGH;
            if (others != 0) {
                return p + (Long.numberOfTrailingZeros(others) >>> 3);
            }
        }
        while (p < to && utf8[p] >= 'a' && utf8[p] <= 'z') {
            p++;
        }
        return p;
    }

    /** Has the high bit of each byte that is in {@code [a-z]}, and anything in the other bits. */
    private static long smallLetters(long bytes) {
        long seven = bytes & ~HIGH;
        long fromA = seven + (0x80 - 'a') * ONES;
        long beyondZ = seven + (0x80 - 'z' - 1) * ONES;
        return fromA & ~beyondZ & ~bytes;
    }
}
