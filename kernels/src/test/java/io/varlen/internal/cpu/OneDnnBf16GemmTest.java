package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.varlen.attention.Activation;
import io.varlen.attention.Dtype;
import org.junit.jupiter.api.Test;

/** Skipped where the processor does not multiply bf16, unless {@code -Dvarlen.test.require=bf16} demands it. */
class OneDnnBf16GemmTest extends GemmContract {
    @Override
    Gemm open() {
        OneDnnGemm gemm = new OneDnnGemm(new JavaKernels(), Dtype.AUTO);
        if (gemm.dtype() == Dtype.BF16) {
            return gemm;
        }
        String description = gemm.description();
        gemm.close();
        if (System.getProperty("varlen.test.require", "").contains("bf16")) {
            throw new AssertionError("no bf16: " + description);
        }
        return abort("no bf16: " + description);
    }

    /** Two factors of 8 bits each, and an inner element of 8 bits. */
    @Override
    double precision() {
        return 0x1p-7;
    }

    @Test
    void roundsItsFactors() {
        float unseen = 1 + 0x1p-10f;
        try (Gemm gemm = open();
                Gemm.Layer layer = gemm.prepare(new float[] {1f}, 1, null, Activation.NONE)) {
            float[] y = new float[1];
            layer.multiply(new float[] {unseen}, y, 0, 1);
            assertThat(y[0]).isEqualTo(1f);
            assertThat(gemm.description()).contains("bf16");
        }
    }
}
