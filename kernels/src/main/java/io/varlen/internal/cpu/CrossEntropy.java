package io.varlen.internal.cpu;

/** The negative log-likelihood of the next tokens of one block of rows after another, with the logits of one block at a time. */
final class CrossEntropy {
    private final Kernels kernels;
    private final Gemm.Layer head;
    private final CpuTensor x;
    private final int[] targets;
    private final double[] nll;
    private final float[] block;
    private final float[] logits;

    CrossEntropy(Kernels kernels, Gemm.Layer head, CpuTensor x, int[] targets, double[] nll) {
        this.kernels = kernels;
        this.head = head;
        this.x = x;
        this.targets = targets;
        this.nll = nll;
        this.block = new float[Gemm.ROW_BLOCK * head.inputs()];
        this.logits = new float[Gemm.ROW_BLOCK * head.outputs()];
    }

    /** Computes the {@code rows} rows from {@code row} on, at most a block. */
    void run(int row, int rows) {
        System.arraycopy(x.data(), x.row(row), block, 0, rows * head.inputs());
        head.multiply(block, logits, 0, rows);
        for (int r = 0; r < rows; r++) {
            int target = targets[row + r];
            if (target >= head.outputs()) {
                throw new IllegalArgumentException("target " + target + " of " + head.outputs());
            }
            nll[row + r] = target < 0
                    ? Double.NaN
                    : kernels.logSumExp(logits, r * head.outputs(), head.outputs())
                            - logits[r * head.outputs() + target];
        }
    }
}
