package io.varlen.internal.cuda;

import io.varlen.attention.Activation;

/** What a language model pays for each next token, with the logits of some rows and some columns at a time. */
final class CudaCrossEntropy {
    /** Rows and columns of logits that there is memory for: 32 MiB. */
    private static final int ROWS = 1024;

    private static final int COLUMNS = 8192;
    private static final Kernel KERNEL = new Kernel("cross_entropy", "cross_entropy", 128);
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
     * {@code nll[t] = log Σ_v exp(logit[t, v]) - logit[t, targets[t]]}, and NaN where {@code targets[t]} is negative; done when
     * this returns.
     *
     * @param x of the head's element type
     * @param targets {@code [T]}, each less than the head's outputs
     */
    void run(Matrix x, CudaLinear head, int[] targets, double[] nll) {
        if (x.rows() == 0) {
            return;
        }
        int columns = Math.min(COLUMNS, head.outputs());
        int rows = Math.min(ROWS, x.rows());
        try (CudaSession.Scratch wanted = session.scratch(targets);
                CudaTensor paid = session.tensor(Element.F32, 1, x.rows());
                CudaSession.Scratch logits = session.scratch((long) rows * columns * Float.BYTES);
                CudaSession.Scratch sums = session.scratch((long) rows * ROW_BYTES)) {
            for (int row = 0; row < x.rows(); row += rows) {
                Matrix some = x.rows(row, Math.min(rows, x.rows() - row));
                for (int column = 0; column < head.outputs(); column += columns) {
                    int width = Math.min(columns, head.outputs() - column);
                    Matrix part = new Matrix(logits.address(), Element.F32, some.rows(), width);
                    long bias = head.bias() == 0 ? 0 : head.bias() + (long) column * Float.BYTES;
                    Matrix weight = head.weight().rows(column, width);
                    gemm.multiply(some, weight, bias, Activation.NONE, null, part, session.stream());
                    boolean last = column + width == head.outputs();
                    add(
                            part,
                            column,
                            wanted.address() + (long) row * Integer.BYTES,
                            sums.address(),
                            last ? paid.address(row) : 0);
                }
            }
            float[] values = paid.toArray();
            for (int t = 0; t < nll.length; t++) {
                nll[t] = values[t];
            }
        }
    }

    /** Adds some columns of logits to the sums of their rows. */
    private void add(Matrix logits, int firstColumn, long targets, long sums, long nll) {
        Params params = Params.of(56)
                .put(0, logits.address())
                .put(8, targets)
                .put(16, sums)
                .put(24, nll)
                .put(32, (long) logits.columns())
                .put(40, logits.rows())
                .put(44, logits.columns())
                .put(48, firstColumn)
                .put(52, RowKernels.vectors(logits.address(), RowKernels.stride(logits)));
        session.launcher().launch(KERNEL, logits.rows(), SHARED_BYTES, params, session.stream());
    }
}
