package io.varlen.internal.cuda;

/** Rows of a table. */
final class CudaGather {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaGather(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * {@code y[i] = table[rows[i]]}.
     *
     * @param table fp32, or of {@code y}'s element type
     * @param rows {@code int[y.rows()]} on the device, each a row of the table
     * @param y of any element type
     */
    void gather(Matrix table, long rows, Matrix y, CudaStream stream) {
        Params params = Params.of(40)
                .put(0, table.address())
                .put(8, rows)
                .put(16, y.address())
                .put(24, y.rows())
                .put(28, y.columns())
                .put(
                        32,
                        RowKernels.vectors(
                                table.address(), RowKernels.stride(table), y.address(), RowKernels.stride(y)));
        Kernel kernel = new Kernel("elementwise", RowKernels.name("gather", table.element(), y.element()), THREADS);
        long items = y.rows() * RowKernels.blocks(y.columns(), 8);
        launcher.launch(kernel, RowKernels.blocks(items, THREADS), 0, params, stream);
    }
}
