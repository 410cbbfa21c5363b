package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionContract;
import io.varlen.attention.Backend;
import org.junit.jupiter.api.Test;

/** Skipped where the JVM has no Vector API, unless {@code -Dvarlen.test.require=simd} demands it. */
class VectorAttentionContractTest extends AttentionContract {
    @Override
    protected Backend open(int threads) {
        try {
            return CpuBackend.open(threads, JavaGemm.NAME, Kernels.VECTOR);
        } catch (InvalidInputException e) {
            if (System.getProperty("varlen.test.require", "").contains("simd")) {
                throw e;
            }
            return abort(e.getMessage());
        }
    }

    @Test
    void isReallyVectors() {
        try (Backend backend = open(1)) {
            assertThat(backend.description()).contains("attention in Java vectors of ");
        }
    }
}
