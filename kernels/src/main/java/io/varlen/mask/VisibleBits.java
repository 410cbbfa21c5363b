package io.varlen.mask;

import java.util.BitSet;

/** Per query one bit for each key of its interval, in words of 64: what a dense mask leaves of it. */
final class VisibleBits {
    private final int[] lo;
    private final int[] firstWord;
    private final long[] words;

    /** All unseen. */
    VisibleBits(int[] lo, int[] hi) {
        this.lo = lo;
        this.firstWord = new int[lo.length + 1];
        for (int q = 0; q < lo.length; q++) {
            firstWord[q + 1] = Math.addExact(firstWord[q], (int) ((hi[q] - lo[q] + 63L) / 64));
        }
        this.words = new long[firstWord[lo.length]];
    }

    /** Bit 0 is the first key of the query's interval. */
    void set(int q, BitSet row) {
        long[] bits = row.toLongArray();
        System.arraycopy(bits, 0, words, firstWord[q], bits.length);
    }

    /** A key of the query's interval. */
    boolean get(int q, int key) {
        int bit = key - lo[q];
        return (words[firstWord[q] + (bit >> 6)] >>> bit & 1) != 0;
    }

    /** The 64 keys from {@code key} on: bit 0 is {@code key}; keys outside of the query's interval are unseen. */
    long from(int q, int key) {
        long bit = (long) key - lo[q];
        int word = (int) (bit >> 6); // rounds down
        int shift = (int) (bit & 63);
        long low = word(q, word) >>> shift;
        return shift == 0 ? low : low | word(q, word + 1) << 64 - shift;
    }

    private long word(int q, int word) {
        return word < 0 || word >= firstWord[q + 1] - firstWord[q] ? 0 : words[firstWord[q] + word];
    }

    /** How many pairs are seen. */
    long count() {
        long count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }
}
