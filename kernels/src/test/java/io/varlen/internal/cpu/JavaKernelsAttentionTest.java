package io.varlen.internal.cpu;

import io.varlen.attention.AttentionContract;
import io.varlen.attention.Backend;

class JavaKernelsAttentionTest extends AttentionContract {
    @Override
    protected Backend open(int threads) {
        return CpuBackend.open(threads, JavaGemm.NAME, Kernels.JAVA);
    }
}
