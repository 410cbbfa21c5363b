package io.varlen.packing;

/**
 * Rows of a plan that hold the same lengths.
 *
 * @param last the run of shortest pieces; the runs before it hang on it
 * @param tokens the tokens of one such row
 * @param documents its segments
 * @param squaredLength the sum of the squares of their lengths
 * @param rows how many rows there are
 */
public record RowPattern(Run last, int tokens, int documents, long squaredLength, long rows) {
    /** No row without a piece. */
    static final RowPattern EMPTY = new RowPattern(null, 0, 0, 0, 0);

    /**
     * {@code copies} pieces of one length. Rows that began alike share their runs.
     *
     * @param previous the run of longer pieces before it, or null
     */
    public record Run(Run previous, int length, int copies) {}

    /** The lengths of the pieces of one row, longest first. */
    public int[] lengths() {
        int count = 0;
        for (Run run = last; run != null; run = run.previous()) {
            count += run.copies();
        }
        int[] lengths = new int[count];
        for (Run run = last; run != null; run = run.previous()) {
            for (int i = 0; i < run.copies(); i++) {
                lengths[--count] = run.length();
            }
        }
        return lengths;
    }

    /** How many pieces of {@code length} such a row still takes. */
    int copies(int length, RowLimits limits) {
        int copies = Math.min((limits.seqLen() - tokens) / length, limits.maxDocuments() - documents);
        long square = (long) length * length;
        return (int) Math.min(copies, (limits.maxSquaredLength() - squaredLength) / square);
    }

    /** With so many more pieces, each shorter than those in it. */
    RowPattern plus(int length, int copies) {
        return new RowPattern(
                new Run(last, length, copies),
                tokens + length * copies,
                documents + copies,
                squaredLength + (long) length * length * copies,
                rows);
    }

    /** As many rows of it. */
    RowPattern times(long count) {
        return new RowPattern(last, tokens, documents, squaredLength, count);
    }
}
