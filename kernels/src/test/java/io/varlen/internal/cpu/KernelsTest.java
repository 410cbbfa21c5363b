package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.varlen.ForkedJvm;
import io.varlen.InvalidInputException;
import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;
import io.varlen.internal.Bf16;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loops over rows, both ways, beside double precision. */
class KernelsTest {
    private static final int[] SIZES = {1, 2, 7, 15, 16, 17, 31, 33, 64, 100, 384, 1000};

    @Test
    void theVectorKernelsAreThere() {
        assertThat(Kernels.named("auto").description()).contains("vectors of");
        assertThat(Kernels.named(Kernels.JAVA).description()).contains("plain Java");
        assertThatThrownBy(() -> Kernels.named("simd"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'simd'; it can be auto, vector or java");
    }

    @Test
    void aJvmWithoutTheModuleComputesInPlainJavaAndMissesItByName() throws Exception {
        List<String> lines = ForkedJvm.run(WithoutModule.class, Map.of());
        assertThat(lines).contains("attention in plain Java");
        assertThat(lines).anyMatch(line -> line.contains("--add-modules=jdk.incubator.vector"));
    }

    /** Run in a JVM of its own. */
    static final class WithoutModule {
        public static void main(String[] arguments) {
            System.out.println(Kernels.named("auto").description());
            try {
                Kernels.named(Kernels.VECTOR);
            } catch (InvalidInputException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Kernels.VECTOR, Kernels.JAVA})
    void normsAgreeWithDoublePrecision(String name) {
        Kernels kernels = Kernels.named(name);
        for (int columns : SIZES) {
            Random dice = new Random(columns);
            float[] x = normal(dice, columns + 3, 4);
            Tensor gamma = new CpuTensor(normal(dice, columns, 1), 1, columns);
            Tensor beta = new CpuTensor(normal(dice, columns, 1), 1, columns);
            for (Norm norm : List.of(
                    Norm.layer(gamma, beta, 1e-5f),
                    Norm.layer(gamma, null, 1e-12f),
                    Norm.rms(gamma, 1e-6f),
                    new Norm(Norm.Kind.RMS, columns, null, null, 1e-5f))) {
                float[] y = new float[columns + 1];
                kernels.norm(norm).norm(x, 3, y, 1);
                double[] expected = normalised(norm, x, 3);
                for (int c = 0; c < columns; c++) {
                    assertThat((double) y[c + 1])
                            .as("%s, column %d", norm, c)
                            .isCloseTo(expected[c], within(2e-5 * Math.max(1, Math.abs(expected[c]))));
                }
            }
        }
    }

    private static double[] normalised(Norm norm, float[] x, int from) {
        int columns = norm.columns();
        double mean = 0;
        for (int c = 0; c < columns && norm.kind() == Norm.Kind.LAYER; c++) {
            mean += (double) x[from + c] / columns;
        }
        double variance = 0;
        for (int c = 0; c < columns; c++) {
            variance += Math.pow(x[from + c] - mean, 2) / columns;
        }
        double[] y = new double[columns];
        for (int c = 0; c < columns; c++) {
            y[c] = (x[from + c] - mean) / Math.sqrt(variance + norm.epsilon());
            y[c] *= norm.gamma() == null ? 1 : norm.gamma().toArray()[c];
            y[c] += norm.beta() == null ? 0 : norm.beta().toArray()[c];
        }
        return y;
    }

    @ParameterizedTest
    @ValueSource(strings = {Kernels.VECTOR, Kernels.JAVA})
    void aHeadIsTurnedPairByPair(String name) {
        Kernels kernels = Kernels.named(name);
        for (int pairs : SIZES) {
            Random dice = new Random(pairs);
            float[] x = normal(dice, 2 * pairs + 5, 1);
            float[] turned = x.clone();
            float[] cosines = new float[pairs + 2];
            float[] sines = new float[pairs + 2];
            for (int i = 0; i < pairs; i++) {
                double angle = dice.nextDouble() * 7;
                cosines[i + 2] = (float) Math.cos(angle);
                sines[i + 2] = (float) Math.sin(angle);
            }
            kernels.rotateHalves(turned, 4, cosines, sines, 2, pairs);
            for (int i = 0; i < pairs; i++) {
                double a = x[4 + i];
                double b = x[4 + pairs + i];
                assertThat((double) turned[4 + i]).isCloseTo(a * cosines[i + 2] - b * sines[i + 2], within(1e-6));
                assertThat((double) turned[4 + pairs + i])
                        .isCloseTo(b * cosines[i + 2] + a * sines[i + 2], within(1e-6));
            }
            assertThat(turned[3]).isEqualTo(x[3]);
            assertThat(turned[2 * pairs + 4]).isEqualTo(x[2 * pairs + 4]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Kernels.VECTOR, Kernels.JAVA})
    void logSumExpAgreesWithDoublePrecision(String name) {
        Kernels kernels = Kernels.named(name);
        for (int count : new int[] {1, 15, 16, 17, 1024, 1025, 50_257}) {
            for (float spread : new float[] {0.01f, 3, 300}) {
                float[] x = normal(new Random(count), count + 1, spread);
                double max = Double.NEGATIVE_INFINITY;
                for (int i = 1; i <= count; i++) {
                    max = Math.max(max, x[i]);
                }
                double sum = 0;
                for (int i = 1; i <= count; i++) {
                    sum += Math.exp(x[i] - max);
                }
                assertThat(kernels.logSumExp(x, 1, count))
                        .as("%d elements of %s", count, spread)
                        .isCloseTo(max + Math.log(sum), within(1e-6 * Math.max(1, Math.abs(max))));
            }
        }
        assertThat(kernels.logSumExp(new float[] {Float.NEGATIVE_INFINITY, 2}, 0, 2))
                .isCloseTo(2, within(1e-6));
        assertThat(kernels.logSumExp(new float[] {Float.NaN, 2}, 0, 2)).isNaN();
    }

    /** Beside the nearest of both neighbours that bf16 has, found by comparing distances. */
    @ParameterizedTest
    @ValueSource(strings = {Kernels.VECTOR, Kernels.JAVA})
    void bf16IsTheNearest(String name) {
        Kernels kernels = Kernels.named(name);
        Random dice = new Random(6);
        float[] x = new float[10_003];
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 3 == 0 ? Float.intBitsToFloat(dice.nextInt()) : (float) dice.nextGaussian();
        }
        float[] special = {
            0f,
            -0f,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MAX_VALUE,
            Float.MIN_VALUE,
            Float.intBitsToFloat(0x7f800001),
            Float.intBitsToFloat(0x3f808000),
            Float.intBitsToFloat(0x3f818000)
        };
        System.arraycopy(special, 0, x, 1, special.length);
        short[] y = new short[x.length - 1];
        kernels.toBf16(x, 1, y, y.length);
        for (int i = 0; i < y.length; i++) {
            float given = x[i + 1];
            float rounded = Bf16.widen(y[i]);
            if (Float.isNaN(given)) {
                assertThat(rounded).isNaN();
                continue;
            }
            float down = Float.intBitsToFloat(Float.floatToRawIntBits(given) & 0xffff0000);
            float up = Float.intBitsToFloat((Float.floatToRawIntBits(given) & 0xffff0000) + 0x10000);
            double toDown = Math.abs((double) given - down);
            double toUp = up == Float.POSITIVE_INFINITY || up == Float.NEGATIVE_INFINITY
                    ? Math.abs(Math.copySign(0x1p128, given) - (double) given)
                    : Math.abs((double) given - up);
            boolean downIsEven = (Float.floatToRawIntBits(down) & 0x10000) == 0;
            float nearest = toDown < toUp || (toDown == toUp && downIsEven) ? down : up;
            assertThat(Float.floatToRawIntBits(rounded))
                    .as("%s", given)
                    .isEqualTo(Float.floatToRawIntBits(given == down ? given : nearest));
        }
    }

    private static float[] normal(Random dice, int count, float spread) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) dice.nextGaussian() * spread;
        }
        return values;
    }
}
