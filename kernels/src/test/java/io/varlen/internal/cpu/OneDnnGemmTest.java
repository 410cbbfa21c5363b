package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.jna.NativeLibrary;
import io.varlen.attention.Activation;
import io.varlen.attention.Dtype;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** Skipped where oneDNN does not load, unless {@code -Dvarlen.test.require=onednn} demands it. */
class OneDnnGemmTest extends GemmContract {
    @Override
    Gemm open() {
        try {
            return new OneDnnGemm(new JavaKernels(), Dtype.FP32);
        } catch (LinkageError e) {
            if (System.getProperty("varlen.test.require", "").contains(OneDnnGemm.NAME)) {
                throw e;
            }
            return abort("oneDNN does not load here: " + e);
        }
    }

    @Test
    void isReallyOneDnn() {
        assertThat(Loader.getLoadedLibraries()).containsKey("dnnl@.3");
        try (Gemm gemm = open()) {
            assertThat(gemm.description()).contains("oneDNN 3.11");
        }
    }

    /** Otherwise every product of every Spark task would start a team of threads. */
    @Test
    void openMpRunsAloneInEveryThreadThatComes() throws Exception {
        try (Gemm gemm = open();
                Gemm.Layer layer = gemm.prepare(new float[64], 8, new float[8], Activation.NONE)) {
            AtomicInteger before = new AtomicInteger();
            AtomicInteger after = new AtomicInteger();
            Thread newcomer = new Thread(() -> {
                before.set(maxOpenMpThreads());
                layer.multiply(new float[8], new float[8], 0, 1);
                after.set(maxOpenMpThreads());
            });
            newcomer.start();
            newcomer.join();
            assertThat(before.get()).isEqualTo(Runtime.getRuntime().availableProcessors());
            assertThat(after.get()).isEqualTo(1);
        }
    }

    @Test
    void packedWeightsAreACopy() {
        Random dice = new Random(3);
        float[] weight = new float[64 * 64];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = dice.nextFloat();
        }
        float expected = weight[7 * 64 + 5];
        try (Gemm gemm = open();
                Gemm.Layer layer = gemm.prepare(weight, 64, new float[64], Activation.NONE)) {
            Arrays.fill(weight, 0f);
            float[] x = new float[64];
            x[5] = 1f;
            float[] y = new float[64];
            layer.multiply(x, y, 0, 1);
            assertThat(y[7]).isEqualTo(expected);
        }
    }

    private static int maxOpenMpThreads() {
        return NativeLibrary.getInstance(Loader.getLoadedLibraries().get("gomp@.1"))
                .getFunction("omp_get_max_threads")
                .invokeInt(new Object[0]);
    }
}
