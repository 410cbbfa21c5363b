package io.varlen.internal.cpu;

import io.varlen.attention.Activation;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Linear;
import java.util.Arrays;

/** Matrix products in plain Java, for machines where oneDNN does not load. The rows of a block are lanes. */
final class JavaGemm implements Gemm {
    static final String NAME = "java";

    @Override
    public String description() {
        return "matrix products in plain Java";
    }

    @Override
    public Layer prepare(float[] weight, int outputs, float[] bias, Activation activation) {
        return new JavaLayer(weight.clone(), bias == null ? new float[outputs] : bias.clone(), activation);
    }

    @Override
    public boolean multipliesBf16() {
        return false;
    }

    @Override
    public Dtype dtype() {
        return Dtype.FP32;
    }

    @Override
    public void feedForward(FeedForward part, float[] x, float[] y, int row, int rows) {
        float[] inner = multiply(part.up(), x, row, rows);
        if (part.gate() != null) {
            float[] gate = multiply(part.gate(), x, row, rows);
            for (int i = 0; i < inner.length; i++) {
                inner[i] *= gate[i];
            }
        }
        float[] result = multiply(part.down(), inner, 0, rows);
        System.arraycopy(result, 0, y, row * part.down().outputs(), result.length);
    }

    private static float[] multiply(Linear layer, float[] x, int row, int rows) {
        float[] source = Arrays.copyOfRange(x, row * layer.inputs(), (row + rows) * layer.inputs());
        float[] result = new float[rows * layer.outputs()];
        ((Layer) layer).multiply(source, result, 0, rows);
        return result;
    }

    @Override
    public void close() {}

    private record JavaLayer(float[] weight, float[] bias, Activation activation) implements Layer {
        @Override
        public int inputs() {
            return weight.length / bias.length;
        }

        @Override
        public int outputs() {
            return bias.length;
        }

        @Override
        public void multiply(float[] x, float[] y, int row, int rows) {
            int inputs = inputs();
            int outputs = outputs();
            float[][] columns = new float[inputs][ROW_BLOCK];
            for (int r = 0; r < rows; r++) {
                for (int k = 0; k < inputs; k++) {
                    columns[k][r] = x[(row + r) * inputs + k];
                }
            }
            float[] result = new float[ROW_BLOCK];
            for (int n = 0; n < outputs; n++) {
                Lanes.fill(result, bias[n], 0, rows);
                Lanes.axpy(result, weight, n * inputs, columns, 0, inputs, 0, rows);
                for (int r = 0; r < rows; r++) {
                    y[(row + r) * outputs + n] = Activations.of(activation, result[r]);
                }
            }
        }

        @Override
        public void close() {}
    }
}
