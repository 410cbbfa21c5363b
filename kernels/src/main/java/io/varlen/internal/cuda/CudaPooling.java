package io.varlen.internal.cuda;

import io.varlen.attention.Pooling;

/** Rows of a sequence to one. */
final class CudaPooling {
    private static final int THREADS = 256;
    private static final int COLUMNS_PER_BLOCK = 256;
    private static final int SHARED_BYTES = THREADS * 8 * Float.BYTES;

    private final Launcher launcher;

    CudaPooling(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * @param x of any element type
     * @param cuSeqlens {@code int[y.rows() + 1]} on the device; no sequence is empty
     * @param y fp32
     */
    void pool(Matrix x, long cuSeqlens, Pooling pooling, Matrix y, CudaStream stream) {
        Params params = Params.of(48)
                .put(0, x.address())
                .put(8, cuSeqlens)
                .put(16, y.address())
                .put(24, (long) x.columns())
                .put(32, y.rows())
                .put(36, y.columns())
                .put(40, kind(pooling))
                .put(44, RowKernels.vectors(x.address(), RowKernels.stride(x), y.address(), RowKernels.stride(y)));
        Kernel kernel = new Kernel("pool", RowKernels.name("pool", x.element()), THREADS);
        long grid = y.rows() * RowKernels.blocks(y.columns(), COLUMNS_PER_BLOCK);
        launcher.launch(kernel, grid, SHARED_BYTES, params, stream);
    }

    /** The number of a {@code PoolKind}. */
    private static int kind(Pooling pooling) {
        return switch (pooling) {
            case MEAN -> 0;
            case CLS -> 1;
            case LAST_TOKEN -> 2;
            case MAX -> 3;
            case MEAN_SQRT_LENGTH -> 4;
            case WEIGHTED_MEAN -> 5;
        };
    }
}
