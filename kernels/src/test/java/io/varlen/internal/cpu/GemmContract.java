package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.varlen.attention.Activation;
import io.varlen.attention.FeedForward;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Gemm} promises. */
abstract class GemmContract {
    private static final int[][] SHAPES = {{1, 1}, {3, 5}, {24, 72}, {64, 16}, {100, 33}, {384, 1152}, {1536, 384}};

    private Gemm gemm;

    abstract Gemm open();

    /** What an output may be off by, in units of the sum of its products' magnitudes. */
    double precision() {
        return 1e-6;
    }

    @BeforeEach
    void openGemm() {
        gemm = open();
    }

    @AfterEach
    void closeGemm() {
        gemm.close();
    }

    @Test
    void agreesWithDoublePrecision() {
        Random dice = new Random(11);
        for (int[] shape : SHAPES) {
            for (Activation activation : Activation.values()) {
                Problem problem = new Problem(dice, shape[0], shape[1], 1 + dice.nextInt(Gemm.ROW_BLOCK));
                try (Gemm.Layer layer = gemm.prepare(problem.weight, problem.bias.length, problem.bias, activation)) {
                    assertThat(layer.inputs()).isEqualTo(shape[0]);
                    assertThat(layer.outputs()).isEqualTo(shape[1]);
                    problem.requireClose(multiply(layer, problem.x, 0, problem.rows), activation, precision());
                }
            }
        }
    }

    @Test
    void geluKeepsItsShapeFarFromZero() {
        float[] x = {-40f, -6f, -3f, -1f, -0.5f, -1e-3f, 0f, 1e-3f, 0.5f, 1f, 3f, 6f, 40f};
        try (Gemm.Layer layer = gemm.prepare(new float[] {1f}, 1, new float[] {0f}, Activation.GELU)) {
            float[] y = multiply(layer, x, 0, x.length);
            for (int i = 0; i < x.length; i++) {
                assertThat((double) y[i])
                        .as("gelu(%s)", x[i])
                        .isCloseTo(gelu(x[i]), within(precision() * Math.max(1, Math.abs(x[i]))));
            }
        }
    }

    /** Whatever stands in the other rows of the block, and wherever in it a row stands. */
    @Test
    void aRowsBitsDependOnItselfAlone() {
        Random dice = new Random(12);
        for (int[] shape : SHAPES) {
            int inputs = shape[0];
            Problem problem = new Problem(dice, inputs, shape[1], Gemm.ROW_BLOCK);
            try (Gemm.Layer layer = gemm.prepare(problem.weight, problem.bias.length, problem.bias, Activation.GELU)) {
                float[] expected = multiply(layer, problem.x, 0, Gemm.ROW_BLOCK);
                for (int trial = 0; trial < 20; trial++) {
                    int from = dice.nextInt(Gemm.ROW_BLOCK);
                    int rows = 1 + dice.nextInt(Gemm.ROW_BLOCK - from);
                    int mine = from + dice.nextInt(rows);
                    float[] x = new float[problem.x.length];
                    Arrays.fill(x, trial % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY);
                    System.arraycopy(problem.x, mine * inputs, x, mine * inputs, inputs);
                    float[] y = multiply(layer, x, from, rows);
                    assertThat(row(y, mine, shape[1])).containsExactly(row(expected, mine, shape[1]));
                    int elsewhere = dice.nextInt(Gemm.ROW_BLOCK);
                    System.arraycopy(problem.x, mine * inputs, x, elsewhere * inputs, inputs);
                    assertThat(row(multiply(layer, x, elsewhere, 1), elsewhere, shape[1]))
                            .containsExactly(row(expected, mine, shape[1]));
                }
            }
        }
    }

    /** Also where hidden and inner have one size, so that all products have one shape. */
    @Test
    void aFeedForwardPartIsItsLayersOneAfterTheOther() {
        int[][] sizes = {{24, 72}, {40, 40}, {33, 7}, {96, 256}};
        for (int[] size : sizes) {
            for (Activation activation : Activation.values()) {
                for (boolean gated : new boolean[] {false, true}) {
                    requireFeedForward(new Random(size[0] + activation.ordinal()), size[0], size[1], activation, gated);
                }
            }
        }
    }

    private void requireFeedForward(Random dice, int hidden, int inner, Activation activation, boolean gated) {
        int rows = 1 + dice.nextInt(Gemm.ROW_BLOCK);
        Problem gate = new Problem(dice, hidden, inner, rows);
        Problem up = new Problem(dice, hidden, inner, rows);
        Problem down = new Problem(dice, inner, hidden, 1);
        try (Gemm.Layer gateLayer = gemm.prepare(gate.weight, inner, gate.bias, activation);
                Gemm.Layer upLayer = gemm.prepare(up.weight, inner, up.bias, gated ? Activation.NONE : activation);
                Gemm.Layer downLayer = gemm.prepare(down.weight, hidden, null, Activation.NONE)) {
            FeedForward part = new FeedForward(gated ? gateLayer : null, upLayer, downLayer);
            float[] y = new float[rows * hidden];
            gemm.feedForward(part, up.x, y, 0, rows);
            for (int row : new int[] {0, rows / 2, rows - 1}) {
                double[] middle = new double[inner];
                for (int n = 0; n < inner; n++) {
                    double value = activated(gated ? Activation.NONE : activation, up.sum(up.x, row, n));
                    middle[n] = gated ? value * activated(activation, gate.sum(up.x, row, n)) : value;
                }
                for (int n = 0; n < hidden; n++) {
                    double sum = 0;
                    double magnitude = 1;
                    for (int k = 0; k < inner; k++) {
                        sum += middle[k] * down.weight[n * inner + k];
                        magnitude += Math.abs(middle[k] * down.weight[n * inner + k]);
                    }
                    assertThat((double) y[row * hidden + n])
                            .as("%d -> %d, %s, gated %s, row %d, output %d", hidden, inner, activation, gated, row, n)
                            .isCloseTo(sum, within(10 * precision() * magnitude));
                }
                float[] alone = new float[hidden];
                gemm.feedForward(part, row(up.x, row, hidden), alone, 0, 1);
                assertThat(row(y, row, hidden)).containsExactly(alone);
            }
        }
    }

    @Test
    void rowsOutsideTheCallAreNotTouched() {
        Problem problem = new Problem(new Random(13), 24, 40, 30);
        try (Gemm.Layer layer = gemm.prepare(problem.weight, problem.bias.length, problem.bias, Activation.NONE)) {
            float[] y = new float[30 * 40];
            Arrays.fill(y, -7f);
            layer.multiply(problem.x, y, 10, 5);
            for (int i = 0; i < y.length; i++) {
                assertThat(y[i] == -7f).isEqualTo(i < 10 * 40 || i >= 15 * 40);
            }
        }
    }

    @Test
    void manyThreadsMayShareALayer() throws Exception {
        Problem problem = new Problem(new Random(14), 100, 72, Gemm.ROW_BLOCK);
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (Gemm.Layer layer = gemm.prepare(problem.weight, problem.bias.length, problem.bias, Activation.GELU);
                Gemm.Layer other = gemm.prepare(problem.weight, problem.bias.length, problem.bias, Activation.NONE)) {
            float[] expected = multiply(layer, problem.x, 0, Gemm.ROW_BLOCK);
            Callable<Void> caller = () -> {
                for (int i = 0; i < 200; i++) {
                    multiply(other, problem.x, 0, 17);
                    assertThat(multiply(layer, problem.x, 0, Gemm.ROW_BLOCK)).containsExactly(expected);
                }
                return null;
            };
            for (var done : threads.invokeAll(
                    IntStream.range(0, 6).mapToObj(i -> caller).toList())) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static float[] multiply(Gemm.Layer layer, float[] x, int row, int rows) {
        float[] y = new float[x.length / layer.inputs() * layer.outputs()];
        layer.multiply(x, y, row, rows);
        return y;
    }

    private static float[] row(float[] matrix, int row, int columns) {
        return Arrays.copyOfRange(matrix, row * columns, (row + 1) * columns);
    }

    private static double activated(Activation activation, double x) {
        return switch (activation) {
            case NONE -> x;
            case GELU -> gelu(x);
            case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case SILU -> x / (1 + Math.exp(-x));
            case RELU -> Math.max(x, 0);
        };
    }

    /** Integrates the density of the normal distribution by Simpson's rule: no formula shared with the code under test. */
    private static double gelu(double x) {
        int steps = 20_000;
        double end = Math.min(Math.abs(x), 12);
        double h = end / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-0.5 * (i * h) * (i * h));
        }
        double half = sum * h / 3 / Math.sqrt(2 * Math.PI);
        return x * (0.5 + Math.copySign(half, x));
    }

    private static final class Problem {
        final int inputs;
        final int outputs;
        final int rows;
        final float[] x;
        final float[] weight;
        final float[] bias;

        Problem(Random dice, int inputs, int outputs, int rows) {
            this.inputs = inputs;
            this.outputs = outputs;
            this.rows = rows;
            x = normal(dice, rows * inputs, 1);
            weight = normal(dice, outputs * inputs, 1 / Math.sqrt(inputs));
            bias = normal(dice, outputs, 1);
        }

        /** One output without its activation. */
        double sum(float[] rowsOfX, int row, int output) {
            double sum = bias[output];
            for (int k = 0; k < inputs; k++) {
                sum += (double) rowsOfX[row * inputs + k] * weight[output * inputs + k];
            }
            return sum;
        }

        void requireClose(float[] y, Activation activation, double precision) {
            for (int r = 0; r < rows; r += 7) {
                for (int n = 0; n < outputs; n += 1 + outputs / 40) {
                    double magnitude = Math.abs(bias[n]);
                    for (int k = 0; k < inputs; k++) {
                        magnitude += Math.abs((double) x[r * inputs + k] * weight[n * inputs + k]);
                    }
                    double expected = activated(activation, sum(x, r, n));
                    assertThat((double) y[r * outputs + n])
                            .as("%d -> %d, %s, row %d, output %d", inputs, outputs, activation, r, n)
                            .isCloseTo(expected, within(precision * Math.max(1, magnitude)));
                }
            }
        }

        private static float[] normal(Random dice, int count, double spread) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) (dice.nextGaussian() * spread);
            }
            return values;
        }
    }
}
