package io.varlen.internal.cuda;

/**
 * How a row that is normalised is shared among threads: by its columns alone, so the order of its sums never depends on the batch.
 *
 * @param warpsPerRow 1, and a block takes four rows; or 4, and it takes one
 */
record NormShape(int columns, int warpsPerRow) {
    static final int THREADS = 128;

    private static final int WARPS = THREADS / 32;

    /** Up to here a warp has a row to itself, and beyond a block. */
    private static final int MAX_COLUMNS_PER_WARP = 2048;

    static NormShape of(int columns) {
        return new NormShape(columns, columns > MAX_COLUMNS_PER_WARP ? WARPS : 1);
    }

    /** Thread blocks. */
    long grid(long rows) {
        return RowKernels.blocks(rows, WARPS / warpsPerRow);
    }

    /** A row of floats each, and a sum per warp. */
    int sharedBytes() {
        int rowBytes = Math.toIntExact(RowKernels.blocks(columns, 8) * 8 * Float.BYTES);
        return WARPS / warpsPerRow * rowBytes + WARPS * Float.BYTES;
    }
}
