package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionContract;
import io.varlen.attention.Backend;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.junit.jupiter.api.Test;

/** Skipped where the JVM has no Vector API, unless {@code -Dvarlen.test.require=simd} demands it. */
@AddLifecycleHook(VectorKernelsAttentionTest.SkipProperties.class)
class VectorKernelsAttentionTest extends AttentionContract {
    private static final String REQUIRED = "simd";

    @Override
    protected Backend open(int threads) {
        assumeTrue(missing() == null, missing());
        return CpuBackend.open(threads, JavaGemm.NAME, Kernels.VECTOR);
    }

    @Test
    void isReallyVectors() {
        try (Backend backend = open(1)) {
            assertThat(backend.description()).contains("attention in Java vectors of ");
        }
    }

    /** Why the tests are to be skipped, or null. */
    private static String missing() {
        try {
            Kernels.named(Kernels.VECTOR);
            return null;
        } catch (InvalidInputException e) {
            return System.getProperty("varlen.test.require", "").contains(REQUIRED) ? null : e.getMessage();
        }
    }

    /** For jqwik, which knows no assumptions. */
    static final class SkipProperties implements SkipExecutionHook {
        @Override
        public SkipResult shouldBeSkipped(LifecycleContext context) {
            return missing() == null ? SkipResult.doNotSkip() : SkipResult.skip(missing());
        }
    }
}
