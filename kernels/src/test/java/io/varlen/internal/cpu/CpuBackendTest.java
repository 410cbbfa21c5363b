package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Pooling;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuBackendTest {
    private final Backend backend = CpuBackend.open(2, Dtype.FP32, "java", "java");

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void theChooserKnowsItsNames() {
        try (Backend auto = Backends.open("auto", 1);
                Backend cpu = Backends.open("cpu", 3)) {
            assertThat(auto.name()).isEqualTo("cpu");
            assertThat(cpu.description()).contains("threads per call: 3");
        }
        assertThatThrownBy(() -> Backends.open("tpu", 1))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'tpu'")
                .hasMessageContaining("cpu, cuda or auto");
        assertThatThrownBy(() -> CpuBackend.open(1, Dtype.FP16))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("fp32, bf16 or auto");
        assertThatThrownBy(() -> Backends.open("cpu", 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPropertyChoosesTheMatrixProducts() {
        assertThat(backend.description()).contains("plain Java");
        System.setProperty(CpuBackend.GEMM_PROPERTY, "java");
        try (Backend java = Backends.open("auto", 1)) {
            assertThat(java.description()).contains("plain Java");
        } finally {
            System.clearProperty(CpuBackend.GEMM_PROPERTY);
        }
        assertThatThrownBy(() -> CpuBackend.open(1, Dtype.FP32, "mkl", "auto"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("auto, onednn or java");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 24, 384, 1000})
    void layerNormAgreesWithDoublePrecision(int columns) {
        Random dice = new Random(columns);
        int rows = 5;
        float[] x = random(dice, rows * columns);
        float[] y = random(dice, rows * columns);
        float[] gamma = random(dice, columns);
        float[] beta = random(dice, columns);
        Tensor sum = backend.tensor(x.clone(), rows, columns);
        backend.addNorm(
                sum,
                backend.tensor(y.clone(), rows, columns),
                Norm.layer(backend.tensor(gamma, 1, columns), backend.tensor(beta, 1, columns), 1e-5f),
                sum);
        for (int r = 0; r < rows; r++) {
            double mean = 0;
            for (int c = 0; c < columns; c++) {
                mean += ((double) x[r * columns + c] + y[r * columns + c]) / columns;
            }
            double variance = 0;
            for (int c = 0; c < columns; c++) {
                variance += Math.pow((double) x[r * columns + c] + y[r * columns + c] - mean, 2) / columns;
            }
            for (int c = 0; c < columns; c++) {
                double centred = (double) x[r * columns + c] + y[r * columns + c] - mean;
                double expected = centred / Math.sqrt(variance + 1e-5) * gamma[c] + beta[c];
                assertThat((double) sum.toArray()[r * columns + c])
                        .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
            }
        }
    }

    @Test
    void rowsOfTablesWithTheirNormHaveTheBitsOfTheirSteps() {
        Random dice = new Random(3);
        int columns = 24;
        Tensor table = backend.tensor(random(dice, 9 * columns), 9, columns);
        Tensor addend = backend.tensor(random(dice, 4 * columns), 4, columns);
        Norm norm = Norm.layer(backend.tensor(random(dice, columns), 1, columns), null, 1e-5f);
        int[] rows = {8, 0, 3};
        int[] others = {1, 3, 0};
        Tensor x = backend.tensor(3, columns);
        Tensor y = backend.tensor(3, columns);
        Tensor z = backend.tensor(3, columns);
        backend.gather(table, rows, x);
        backend.norm(x, norm, z);
        Tensor sameX = backend.tensor(3, columns);
        Tensor sameZ = backend.tensor(3, columns);
        backend.gatherNorm(table, rows, norm, sameX, sameZ);
        assertThat(sameX.toArray()).containsExactly(x.toArray());
        assertThat(sameZ.toArray()).containsExactly(z.toArray());
        backend.gather(addend, others, y);
        backend.addNorm(x, y, norm, z);
        backend.gatherNorm(table, rows, addend, others, norm, sameX, sameZ);
        assertThat(sameX.toArray()).containsExactly(x.toArray());
        assertThat(sameZ.toArray()).containsExactly(z.toArray());
        backend.gatherNorm(table, rows, addend, others, norm, sameX, sameX);
        assertThat(sameX.toArray()).containsExactly(z.toArray());
    }

    @Test
    void eachPoolingIsThatOfEachSequence() {
        float[] rows = {1, 2, 3, 4, Float.NaN, 6, 4, -8, 0, 2};
        CuSeqlens sequences = CuSeqlens.ofLengths(2, 1, 2);
        assertThat(pool(rows, sequences, Pooling.MEAN)).containsExactly(2f, 3f, Float.NaN, 6f, 2f, -3f);
        assertThat(pool(rows, sequences, Pooling.CLS)).containsExactly(1f, 2f, Float.NaN, 6f, 4f, -8f);
        assertThat(pool(rows, sequences, Pooling.LAST_TOKEN)).containsExactly(3f, 4f, Float.NaN, 6f, 0f, 2f);
        assertThat(pool(rows, sequences, Pooling.MAX)).containsExactly(3f, 4f, Float.NaN, 6f, 4f, 2f);
        assertThat(pool(rows, sequences, Pooling.MEAN_SQRT_LENGTH))
                .containsExactly(root(4), root(6), Float.NaN, 6f, root(4), -root(6));
        assertThat(pool(rows, sequences, Pooling.WEIGHTED_MEAN))
                .containsExactly(7f / 3, 10f / 3, Float.NaN, 6f, 4f / 3, -4f / 3);
        assertRefused("sequence 0 is empty", () -> pool(new float[2], CuSeqlens.ofLengths(0, 1), Pooling.MEAN));
    }

    /** The sum of two rows by the root of two. */
    private static float root(float sum) {
        return (float) (sum / Math.sqrt(2));
    }

    private float[] pool(float[] rows, CuSeqlens sequences, Pooling pooling) {
        Tensor y = backend.tensor(sequences.count(), 2);
        backend.pool(backend.tensor(rows, rows.length / 2, 2), sequences, pooling, y);
        return y.toArray();
    }

    @Test
    void gatherCopiesRows() {
        Tensor table = backend.tensor(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        Tensor y = backend.tensor(4, 2);
        backend.gather(table, new int[] {2, 0, 2, 1}, y);
        assertThat(y.toArray()).containsExactly(5, 6, 1, 2, 5, 6, 3, 4);
        for (int outside : new int[] {-1, 3, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> backend.gather(table, new int[] {0, 0, 0, outside}, y))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("row " + outside);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "auto"})
    void linearLayersDoNotDependOnBatchOrThreads(String gemm) {
        Random dice = new Random(4);
        float[] weight = random(dice, 72 * 24);
        float[] bias = random(dice, 72);
        float[] x = random(dice, 300 * 24);
        try (Backend one = CpuBackend.open(1, Dtype.AUTO, gemm, "auto");
                Backend four = CpuBackend.open(4, Dtype.AUTO, gemm, "auto");
                Linear single = one.linear(weight.clone(), 72, bias, Activation.GELU);
                Linear quadruple = four.linear(weight.clone(), 72, bias, Activation.GELU)) {
            float[] expected = linear(one, single, x);
            assertThat(linear(four, quadruple, x)).containsExactly(expected);
            for (int i = 0; i < 30; i++) {
                int from = dice.nextInt(300);
                int to = from + 1 + dice.nextInt(300 - from);
                assertThat(linear(one, single, Arrays.copyOfRange(x, from * 24, to * 24)))
                        .containsExactly(Arrays.copyOfRange(expected, from * 72, to * 72));
            }
        }
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        Tensor x = backend.tensor(3, 4);
        Norm norm = Norm.layer(backend.tensor(1, 5), backend.tensor(1, 5), 0f);
        try (Linear layer = backend.linear(new float[4 * 6], 6, new float[6], Activation.NONE)) {
            assertRefused("from 4 to 6", () -> backend.linear(x, layer, backend.tensor(3, 5)));
            assertRefused("from 4 to 6", () -> backend.linear(backend.tensor(3, 5), layer, backend.tensor(3, 6)));
            assertRefused("from 4 to 6", () -> backend.linear(x, layer, backend.tensor(2, 6)));
        }
        assertRefused("for 6 outputs", () -> backend.linear(new float[10], 6, new float[6], Activation.NONE));
        assertRefused("for 0 outputs", () -> backend.linear(new float[0], 0, new float[0], Activation.NONE));
        assertRefused("of 5 columns", () -> backend.norm(x, norm, x));
        assertRefused("not [1, 4]", () -> Norm.layer(x, x, 0f));
        assertRefused(
                "1 sequences of", () -> backend.pool(x, CuSeqlens.ofLengths(2), Pooling.MEAN, backend.tensor(1, 4)));
        assertRefused("2 rows of", () -> backend.gather(x, new int[2], backend.tensor(3, 4)));
        assertRefused("at most", () -> backend.tensor(1 << 16, 1 << 16));
        assertRefused("not a tensor of", () -> backend.tensor(new float[5], 2, 3));
    }

    private static void assertRefused(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private static float[] linear(Backend backend, Linear layer, float[] x) {
        int rows = x.length / layer.inputs();
        Tensor y = backend.tensor(rows, layer.outputs());
        backend.linear(backend.tensor(x, rows, layer.inputs()), layer, y);
        return y.toArray();
    }

    private static float[] random(Random dice, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) dice.nextGaussian();
        }
        return values;
    }
}
