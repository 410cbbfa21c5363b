package io.varlen.packing;

/**
 * Rows of a plan that hold the same lengths.
 *
 * @param last the run of shortest pieces; the runs before it hang on it
 * @param tokens the tokens of one such row
 * @param rows how many rows there are
 */
public record RowPattern(Run last, int tokens, long rows) {

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
}
