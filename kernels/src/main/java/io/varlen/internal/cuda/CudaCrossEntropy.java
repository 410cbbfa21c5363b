package io.varlen.internal.cuda;

import io.varlen.attention.Activation;

/** What a language model pays for each next token, with the logits of some rows and some columns at a time. */
final class CudaCrossEntropy {
    /** Rows and columns of logits that there is memory for: 32 MiB. */
    private static final int ROWS = 1024;

    private static final int COLUMNS = 8192;
    private static final int THREADS = 128;
    private static final int SHARED_BYTES = 32;

    /** Of a row's state between columns. */
    private static final int ROW_BYTES = 16;

    private final CudaSession session;
    private final CudaGemm gemm;

    CudaCrossEntropy(CudaSession session, CudaGemm gemm) {
        this.session = session;
        this.gemm = gemm;
    }

    /**
     * {@code nll[t] = log Σ_v exp(logit[t, v]) - logit[t, targets[t]]}, and NaN where {@code targets[t]} is negative.
     *
     * @param x of the head's element type
     * @param targets {@code int[T]} on the device, each less than the head's outputs
     * @param nll receives {@code float[T]} on the device
     */
    void run(Matrix x, CudaLinear head, long targets, long nll, CudaStream stream) {
        if (x.rows() == 0) {
            return;
        }
        int columns = Math.min(COLUMNS, head.outputs());
        int rows = Math.min(ROWS, x.rows());
        try (CudaSession.Scratch logits = session.scratch((long) rows * columns * Float.BYTES);
                CudaSession.Scratch sums = session.scratch((long) rows * ROW_BYTES)) {
            for (int row = 0; row < x.rows(); row += rows) {
                Matrix some = x.rows(row, Math.min(rows, x.rows() - row));
                for (int column = 0; column < head.outputs(); column += columns) {
                    int width = Math.min(columns, head.outputs() - column);
                    boolean last = column + width == head.outputs();
                    Matrix part = new Matrix(logits.address(), Element.F32, some.rows(), width);
                    long bias = head.bias() == 0 ? 0 : head.bias() + (long) column * Float.BYTES;
                    Matrix weight = head.weight().rows(column, width);
                    gemm.multiply(some, weight, bias, Activation.NONE, null, part, stream);
                    Params params = Params.of(56)
                            .put(0, part.address())
                            .put(8, targets + (long) row * Integer.BYTES)
                            .put(16, sums.address())
                            .put(24, last ? nll + (long) row * Float.BYTES : 0)
                            .put(32, (long) width)
                            .put(40, some.rows())
                            .put(44, width)
                            .put(48, column)
                            .put(52, RowKernels.vectors(part.address(), RowKernels.stride(part)));
                    Kernel kernel = new Kernel("cross_entropy", "cross_entropy", THREADS);
                    session.launcher().launch(kernel, some.rows(), SHARED_BYTES, params, stream);
                }
            }
        }
    }
}
