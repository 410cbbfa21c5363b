package io.varlen.internal.cuda;

/** What a language model pays for each next token. */
final class CudaCrossEntropy {
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
        throw new UnsupportedOperationException();
    }
}
