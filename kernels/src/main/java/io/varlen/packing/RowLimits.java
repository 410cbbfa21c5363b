package io.varlen.packing;

import io.varlen.InvalidInputException;
import java.io.Serializable;

/**
 * What fits into a row.
 *
 * @param seqLen slots of a row
 * @param padToMultiple a segment takes up a multiple of so many slots (context parallelism: 2·CP). The padding is room left
 *     free in the row, not tokens in it: segments are stored end to end, and a reader that lays them out at {@link
 *     io.varlen.sequence.CuSeqlens#paddedTo} finds that they fit into {@code seqLen}
 * @param maxDocuments the most segments in a row
 * @param maxSquaredLength bounds Σ (slots of a segment)² over a row, and with it the cost of its attention
 */
public record RowLimits(int seqLen, int padToMultiple, int maxDocuments, long maxSquaredLength)
        implements Serializable {
    /** The most slots of a row, which must fit into memory, with its derived columns, several times. */
    public static final int MAX_SEQ_LEN = 1 << 24;

    /** The {@code maxDocuments} of rows that may hold any number. */
    public static final int ANY_NUMBER = Integer.MAX_VALUE;

    /** The {@code maxSquaredLength} of rows without such a bound. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    /** @throws InvalidInputException if a limit is out of range, naming its option */
    public RowLimits {
        if (seqLen < 1 || seqLen > MAX_SEQ_LEN) {
            throw new InvalidInputException("--seq-len is " + seqLen + "; it must be from 1 to " + MAX_SEQ_LEN);
        }
        atLeastOne("--pad-to-multiple", padToMultiple);
        atLeastOne("--max-documents-per-row", maxDocuments);
        atLeastOne("--max-squared-length", maxSquaredLength);
        if (seqLen % padToMultiple != 0) {
            throw new InvalidInputException("--seq-len " + seqLen + " is no multiple of --pad-to-multiple "
                    + padToMultiple + "; the next that is one is " + roundUp(seqLen, padToMultiple));
        }
        if (maxSquaredLength < (long) padToMultiple * padToMultiple) {
            throw new InvalidInputException("--max-squared-length " + maxSquaredLength
                    + " leaves no room for a segment; with --pad-to-multiple " + padToMultiple + " it must be at least "
                    + (long) padToMultiple * padToMultiple);
        }
    }

    /** Rows of {@code seqLen} slots without further limits. */
    public static RowLimits ofLength(int seqLen) {
        return new RowLimits(seqLen, 1, ANY_NUMBER, UNBOUNDED);
    }

    /** The longest piece that fits into a row, alone; a longer document is over-long. */
    public int pieceLimit() {
        long longest = Math.min(seqLen, squareRoot(maxSquaredLength));
        return (int) (longest - longest % padToMultiple);
    }

    /** The slots that a piece of {@code length} tokens takes up. */
    public int slots(int length) {
        return Math.toIntExact(roundUp(length, padToMultiple));
    }

    /** The longest piece, in slots, that still fits beside others; 0 if none does. */
    int reach(int slots, int documents, long squaredLength) {
        return documents >= maxDocuments
                ? 0
                : (int) Math.min(seqLen - slots, squareRoot(maxSquaredLength - squaredLength));
    }

    private static long roundUp(long length, int multiple) {
        return (length + multiple - 1) / multiple * multiple;
    }

    /** The largest whole number whose square is at most {@code n}. */
    private static long squareRoot(long n) {
        if (n >= 1L << 62) {
            return Integer.MAX_VALUE;
        }
        long root = (long) Math.sqrt((double) n);
        while (root * root > n) {
            root--;
        }
        while ((root + 1) * (root + 1) <= n) {
            root++;
        }
        return root;
    }

    private static void atLeastOne(String option, long value) {
        if (value < 1) {
            throw new InvalidInputException(option + " is " + value + "; it must be at least 1");
        }
    }
}
