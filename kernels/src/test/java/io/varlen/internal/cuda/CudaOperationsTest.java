package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Pooling;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** All operations but attention, against the CPU's in fp32 on the same rounded numbers. */
class CudaOperationsTest {
    @Nested
    class Fp32OnAmpere extends Operations {
        Fp32OnAmpere() {
            super(80, Dtype.FP32, 1e-5, "gemm_plain_f32_f32");
        }
    }

    @Nested
    class Bf16OnAmpere extends Operations {
        Bf16OnAmpere() {
            super(80, Dtype.BF16, 0x1p-8, "gemm_sm80_64_bf16_bf16", "gemm_sm80_128_bf16_bf16");
        }
    }

    @Nested
    class Fp16OnAmpere extends Operations {
        Fp16OnAmpere() {
            super(80, Dtype.FP16, 0x1p-11, "gemm_sm80_64_f16_f16", "gemm_sm80_128_f16_f16");
        }
    }

    @Nested
    class Fp16OnTuring extends Operations {
        Fp16OnTuring() {
            super(75, Dtype.FP16, 0x1p-11, "gemm_plain_f16_f16");
        }
    }

    /** On one kind of device and in one dtype. */
    abstract static class Operations {
        private static final List<Activation> ACTIVATIONS = List.of(Activation.values());

        private final int capability;
        private final Dtype dtype;
        private final Element element;
        private final double rounding;
        private final String[] products;
        private final Random dice = new Random(12);
        private final Backend cpu = Backends.open("cpu", 1);
        private Driver.Device device;
        private Backend cuda;

        /** @param rounding how far storing a result may move it, relative; {@code products}: what multiplies */
        Operations(int capability, Dtype dtype, double rounding, String... products) {
            this.capability = capability;
            this.dtype = dtype;
            this.element = Element.of(dtype);
            this.rounding = rounding;
            this.products = products;
        }

        @BeforeEach
        void open() {
            device = TestDevice.driver(capability).open(0);
            CudaSession session = new CudaSession(device, 1 << 30);
            cuda = new CudaBackend(session, dtype, new AttentionForms(List.of(), device.properties(), null));
        }

        @AfterEach
        void close() {
            if (cuda != null) {
                cuda.close();
            }
            cpu.close();
        }

        @Test
        void linearLayers() {
            for (int[] shape : new int[][] {{1, 8, 8}, {5, 24, 40}, {130, 136, 72}, {3, 33, 20}, {7, 16, 9}}) {
                for (Activation activation : ACTIVATIONS.subList(0, shape[0] == 5 ? ACTIVATIONS.size() : 2)) {
                    float[] x = random(shape[0] * shape[2]);
                    float[] weight = random(shape[1] * shape[2]);
                    float[] bias = shape[1] == 33 ? null : floats(shape[1]);
                    for (boolean wide : new boolean[] {false, true}) {
                        requireSame(
                                wide,
                                (backend, y) -> {
                                    try (Linear layer = backend.linear(weight.clone(), shape[1], bias, activation)) {
                                        backend.linear(activations(backend, x, shape[0], shape[2]), layer, y);
                                    }
                                },
                                shape[0],
                                shape[1]);
                    }
                }
            }
            TestDevice.requireLaunched(device, products);
        }

        @Test
        void feedForwardParts() {
            float[] x = random(5 * 24);
            float[] gate = random(40 * 24);
            float[] up = random(40 * 24);
            float[] down = random(16 * 40);
            for (boolean gated : new boolean[] {false, true}) {
                float[][] results = both(
                        false,
                        (backend, y) -> {
                            try (Linear gateLayer = gated ? backend.linear(gate, 40, null, Activation.SILU) : null;
                                    Linear upLayer =
                                            backend.linear(up, 40, null, gated ? Activation.NONE : Activation.GELU);
                                    Linear downLayer = backend.linear(down, 16, null, Activation.NONE)) {
                                FeedForward layer = new FeedForward(gateLayer, upLayer, downLayer);
                                backend.feedForward(activations(backend, x, 5, 24), layer, y);
                            }
                        },
                        5,
                        16);
                double largest = 0;
                for (float value : results[0]) {
                    largest = Math.max(largest, Math.abs(value));
                }
                requireClose(results, 3 * rounding * largest); // the inner elements are rounded, too
            }
        }

        @Test
        void aRowHasTheSameBitsAloneAndInAnyCompany() {
            int rows = 300;
            float[] x = random(rows * 40);
            float[] weight = random(48 * 40);
            try (Linear layer = cuda.linear(weight, 48, null, Activation.SILU);
                    Tensor all = cuda.activations(rows, 48)) {
                cuda.linear(activations(cuda, x, rows, 40), layer, all);
                float[] together = all.toArray();
                for (int row : new int[] {0, 63, 127, 128, 299}) {
                    try (Tensor y = cuda.activations(1, 48)) {
                        float[] one = Arrays.copyOfRange(x, row * 40, (row + 1) * 40);
                        cuda.linear(activations(cuda, one, 1, 40), layer, y);
                        assertThat(y.toArray()).containsExactly(Arrays.copyOfRange(together, row * 48, (row + 1) * 48));
                    }
                }
            }
        }

        @Test
        void normsOfRows() {
            for (int columns : new int[] {8, 13, 384, 2500}) {
                float[] x = random(6 * columns);
                float[] y = random(6 * columns);
                float[] gamma = floats(columns);
                float[] beta = floats(columns);
                for (boolean wide : new boolean[] {false, true}) {
                    requireSame(
                            wide,
                            (backend, z) -> {
                                Norm norm = Norm.layer(row(backend, gamma), row(backend, beta), 1e-5f);
                                backend.norm(activations(backend, x, 6, columns), norm, z);
                            },
                            6,
                            columns);
                    requireSame(
                            wide,
                            (backend, z) -> {
                                Tensor sum = backend.tensor(x.clone(), 6, columns);
                                Norm norm = Norm.rms(row(backend, gamma), 1e-6f);
                                backend.addNorm(sum, activations(backend, y, 6, columns), norm, z);
                            },
                            6,
                            columns);
                }
                requireSame( // in place, as BERT does; and the sum stays where the result is elsewhere
                        false,
                        (backend, z) -> {
                            Tensor sum = activations(backend, x, 6, columns);
                            Norm norm = Norm.layer(row(backend, gamma), null, 1e-5f);
                            backend.addNorm(sum, activations(backend, y, 6, columns), norm, sum);
                            backend.norm(sum, norm, z);
                        },
                        6,
                        columns);
                requireSame(
                        true,
                        (backend, z) -> {
                            Tensor sum = backend.tensor(x.clone(), 6, columns);
                            Norm norm = new Norm(Norm.Kind.RMS, columns, null, null, 1e-6f);
                            Tensor unused = backend.activations(6, columns);
                            backend.addNorm(sum, activations(backend, y, 6, columns), norm, unused);
                            backend.gather(sum, IntStream.range(0, 6).toArray(), z);
                        },
                        6,
                        columns);
            }
        }

        @Test
        void sumsAndRowsOfATable() {
            for (int columns : new int[] {5, 8, 400}) {
                float[] table = random(9 * columns);
                float[] x = random(4 * columns);
                int[] rows = {8, 0, 3, 3};
                for (boolean wide : new boolean[] {false, true}) {
                    requireSame(
                            wide,
                            (backend, y) -> {
                                backend.gather(backend.tensor(table.clone(), 9, columns), rows, y);
                                backend.add(y, activations(backend, x, 4, columns));
                            },
                            4,
                            columns);
                }
            }
            assertThatThrownBy(() -> cuda.gather(cuda.tensor(2, 4), new int[] {2}, cuda.tensor(1, 4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("row 2");
        }

        /** Both ways on the device: with the bits of their steps, and close to the CPU's. */
        @Test
        void rowsOfTablesWithTheirNorm() {
            int[] rows = {8, 0, 3, 3};
            int[] others = {1, 0, 0, 2};
            for (int columns : new int[] {5, 8, 400, 2056}) {
                float[] table = random(9 * columns);
                float[] addend = random(3 * columns);
                float[] gamma = floats(columns);
                requireSteps(
                        true,
                        columns,
                        (backend, x, z) -> backend.gatherNorm(
                                backend.tensor(table.clone(), 9, columns), rows, rms(backend, gamma), x, z),
                        (backend, x, z) -> {
                            backend.gather(backend.tensor(table.clone(), 9, columns), rows, x);
                            backend.norm(x, rms(backend, gamma), z);
                        });
                requireSteps(
                        false,
                        columns,
                        (backend, x, z) -> backend.gatherNorm(
                                backend.tensor(table.clone(), 9, columns),
                                rows,
                                backend.tensor(addend.clone(), 3, columns),
                                others,
                                Norm.layer(row(backend, gamma), row(backend, gamma), 1e-5f),
                                x,
                                z),
                        (backend, x, z) -> {
                            backend.gather(backend.tensor(table.clone(), 9, columns), rows, x);
                            Tensor y = backend.activations(4, columns);
                            backend.gather(backend.tensor(addend.clone(), 3, columns), others, y);
                            backend.addNorm(x, y, Norm.layer(row(backend, gamma), row(backend, gamma), 1e-5f), z);
                        });
            }
            Norm norm = new Norm(Norm.Kind.RMS, 4, null, null, 1e-6f);
            for (Backend backend : List.of(cpu, cuda)) {
                Tensor two = backend.tensor(2, 4);
                Tensor one = backend.tensor(1, 4);
                assertThatThrownBy(() -> backend.gatherNorm(two, new int[] {2}, norm, one, one))
                        .hasMessageContaining("row 2");
                assertThatThrownBy(() -> backend.gatherNorm(two, new int[] {1}, two, new int[] {-1}, norm, one, one))
                        .hasMessageContaining("row -1");
                assertThatThrownBy(() -> backend.gatherNorm(two, new int[] {1}, two, null, norm, one, one))
                        .hasMessageContaining("without its rows");
            }
        }

        private Norm rms(Backend backend, float[] gamma) {
            return Norm.rms(row(backend, gamma), 1e-6f);
        }

        /** Something that computes two tensors. */
        private interface Pair {
            void run(Backend backend, Tensor x, Tensor z);
        }

        /** @param wide whether x is fp32, as z's norm may be too */
        private void requireSteps(boolean wide, int columns, Pair atOnce, Pair steps) {
            for (boolean inPlace :
                    wide && element != Element.F32 ? new boolean[] {false} : new boolean[] {false, true}) {
                Tensor[] found = new Tensor[4];
                int at = 0;
                for (Pair way : List.of(atOnce, steps)) {
                    Tensor x = wide ? cuda.tensor(4, columns) : cuda.activations(4, columns);
                    Tensor z = inPlace ? x : cuda.activations(4, columns);
                    way.run(cuda, x, z);
                    found[at++] = x;
                    found[at++] = z;
                }
                assertThat(found[0].toArray()).containsExactly(found[2].toArray());
                assertThat(found[1].toArray()).containsExactly(found[3].toArray());
            }
            requireSame(
                    false,
                    (backend, z) ->
                            atOnce.run(backend, wide ? backend.tensor(4, columns) : backend.activations(4, columns), z),
                    4,
                    columns);
        }

        /** Normalised and turned, among columns that are not to be touched. */
        @Test
        void heads() {
            int[] positions = {0, 1, 2, 0, 1, 7, 30};
            for (Rope.Pairing pairing : Rope.Pairing.values()) {
                for (int[] shape : new int[][] {{64, 32, 0}, {64, 16, 8}, {20, 10, 3}, {128, 64, 16}}) {
                    int dim = shape[0];
                    int columns = shape[2] + 3 * dim;
                    float[] x = random(7 * columns);
                    float[] gamma = floats(dim);
                    float[] angles = floats(31 * shape[1]);
                    requireSame(
                            true,
                            (backend, y) -> {
                                Tensor tensor = activations(backend, x, 7, columns);
                                Heads heads = new Heads(tensor, shape[2], 2, dim);
                                backend.norm(heads, Norm.rms(row(backend, gamma), 1e-6f));
                                backend.rotate(heads, rope(backend, angles, shape[1], pairing), positions);
                                backend.gather(
                                        wide(backend, tensor),
                                        IntStream.range(0, 7).toArray(),
                                        y);
                            },
                            7,
                            columns);
                }
            }
        }

        private static Rope rope(Backend backend, float[] angles, int pairs, Rope.Pairing pairing) {
            float[] cosines = new float[angles.length];
            float[] sines = new float[angles.length];
            for (int i = 0; i < angles.length; i++) {
                cosines[i] = (float) Math.cos(angles[i]);
                sines[i] = (float) Math.sin(angles[i]);
            }
            return new Rope(
                    backend.tensor(cosines, angles.length / pairs, pairs),
                    backend.tensor(sines, angles.length / pairs, pairs),
                    pairing);
        }

        @Test
        void everyPooling() {
            CuSeqlens sequences = CuSeqlens.ofLengths(3, 1, 20, 9);
            for (int columns : new int[] {8, 11, 300}) {
                float[] x = random(33 * columns);
                for (Pooling pooling : Pooling.values()) {
                    requireSame(
                            true,
                            (backend, y) -> backend.pool(activations(backend, x, 33, columns), sequences, pooling, y),
                            4,
                            columns);
                }
            }
        }

        /** More rows, and more columns, than there are logits at one time. */
        @Test
        void crossEntropy() {
            for (int[] shape : new int[][] {{3, 8203, 16}, {1030, 40, 8}, {9, 101, 24}, {0, 5, 8}}) {
                float[] x = random(shape[0] * shape[2]);
                float[] weight = random(shape[1] * shape[2]);
                float[] bias = shape[1] == 40 ? null : floats(shape[1]);
                int[] targets = IntStream.range(0, shape[0])
                        .map(t -> dice.nextInt(shape[1]))
                        .toArray();
                if (shape[0] > 2) {
                    targets[1] = -1;
                    targets[2] = shape[1] - 1;
                }
                double[] expected = crossEntropy(cpu, x, shape, weight, bias, targets);
                double[] actual = crossEntropy(cuda, x, shape, weight, bias, targets);
                for (int t = 0; t < shape[0]; t++) {
                    if (targets[t] < 0) {
                        assertThat(actual[t]).isNaN();
                    } else {
                        assertThat(Math.abs(actual[t] - expected[t])).isLessThan(1e-5 * Math.max(1, expected[t]));
                    }
                }
            }
        }

        private double[] crossEntropy(
                Backend backend, float[] x, int[] shape, float[] weight, float[] bias, int[] targets) {
            double[] nll = new double[targets.length];
            try (Linear head = backend.linear(weight.clone(), shape[1], bias, Activation.NONE)) {
                backend.crossEntropy(activations(backend, x, shape[0], shape[2]), head, targets, nll);
            }
            return nll;
        }

        /** Results of both backends, tensors of their activations' type, or of fp32 if they are to be wide. */
        private float[][] both(boolean wide, BiConsumer<Backend, Tensor> operation, int rows, int columns) {
            float[][] results = new float[2][];
            for (int i = 0; i < 2; i++) {
                Backend backend = i == 0 ? cpu : cuda;
                try (Tensor y = wide ? backend.tensor(rows, columns) : backend.activations(rows, columns)) {
                    operation.accept(backend, y);
                    results[i] = y.toArray();
                }
            }
            return results;
        }

        private void requireSame(boolean wide, BiConsumer<Backend, Tensor> operation, int rows, int columns) {
            requireClose(both(wide, operation, rows, columns), 0);
        }

        /** To within some roundings of what lies between and of the result, and of sums of a few hundred products. */
        private void requireClose(float[][] results, double more) {
            for (int i = 0; i < results[0].length; i++) {
                double expected = results[0][i];
                double tolerance = 3 * rounding * Math.max(1, Math.abs(expected)) + 1e-5 + more;
                assertThat(Math.abs(results[1][i] - expected))
                        .as("element %d is %s, not %s", i, results[1][i], expected)
                        .isLessThanOrEqualTo(tolerance);
            }
        }

        private static Tensor row(Backend backend, float[] elements) {
            return backend.tensor(elements.clone(), 1, elements.length);
        }

        /** A tensor of the type that flows between layers. */
        private static Tensor activations(Backend backend, float[] elements, int rows, int columns) {
            Tensor y = backend.activations(rows, columns);
            backend.gather(
                    backend.tensor(elements.clone(), rows, columns),
                    IntStream.range(0, rows).toArray(),
                    y);
            return y;
        }

        private static Tensor wide(Backend backend, Tensor tensor) {
            return backend.tensor(tensor.toArray(), tensor.rows(), tensor.columns());
        }

        /** Numbers that are the same in the backend's dtype and in fp32. */
        private float[] random(int count) {
            float[] numbers = floats(count);
            for (int i = 0; i < count; i++) {
                numbers[i] = element.decode(element.encode(numbers[i]));
            }
            return numbers;
        }

        private float[] floats(int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) dice.nextGaussian() / 2;
            }
            return numbers;
        }
    }
}
