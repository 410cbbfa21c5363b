package io.varlen.internal.cuda;

/** Sums of tensors. */
final class CudaSums {
    private static final int THREADS = 256;
    private static final int ELEMENTS_PER_BLOCK = 8 * THREADS;

    private final Launcher launcher;

    CudaSums(Launcher launcher) {
        this.launcher = launcher;
    }

    /** {@code x += y}: of one element type, or one of them fp32. */
    void add(Matrix x, Matrix y, CudaStream stream) {
        long elements = (long) x.rows() * x.columns();
        Params params = Params.of(32)
                .put(0, x.address())
                .put(8, y.address())
                .put(16, elements)
                .put(24, RowKernels.vectors(x.address(), y.address()));
        Kernel kernel = new Kernel("elementwise", RowKernels.name("add", x.element(), y.element()), THREADS);
        launcher.launch(kernel, RowKernels.blocks(elements, ELEMENTS_PER_BLOCK), 0, params, stream);
    }
}
