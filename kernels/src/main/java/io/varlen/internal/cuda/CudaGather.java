package io.varlen.internal.cuda;

/** Rows of a table. */
final class CudaGather {
    private final Launcher launcher;

    CudaGather(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * {@code y[i] = table[rows[i]]}.
     *
     * @param table fp32
     * @param rows {@code int[y.rows()]} on the device, each a row of the table
     * @param y of any element type
     */
    void gather(Matrix table, long rows, Matrix y, CudaStream stream) {
        throw new UnsupportedOperationException();
    }
}
