package io.varlen.internal.cpu;

class JavaGemmTest extends GemmContract {
    @Override
    Gemm open() {
        return new JavaGemm();
    }
}
