package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.ForkedJvm;
import io.varlen.attention.Dtype;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    /** In a JVM of its own, because a JVM is warmed up once. */
    @Test
    void itRunsOnceAndEndsWithTheBackend() throws Exception {
        List<String> lines = ForkedJvm.run(OpenTwice.class, List.of("--add-modules=jdk.incubator.vector"), Map.of());
        assertThat(lines).containsSubsequence("java: false", "first: true", "closed: false", "second: false");
    }

    /** Run in a JVM of its own. */
    static final class OpenTwice {
        public static void main(String[] arguments) {
            report("java", open(Kernels.JAVA));
            report("first", open(Kernels.VECTOR));
            System.out.println("closed: " + isRunning());
            report("second", open(Kernels.VECTOR));
        }

        private static void report(String name, CpuBackend backend) {
            System.out.println(name + ": " + isRunning());
            backend.close();
        }

        private static CpuBackend open(String kernels) {
            return CpuBackend.open(1, Dtype.FP32, JavaGemm.NAME, kernels);
        }

        private static boolean isRunning() {
            return Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().equals("varlen-warm-up"));
        }
    }
}
