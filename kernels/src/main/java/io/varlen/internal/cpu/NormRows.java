package io.varlen.internal.cpu;

import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;

/** Normalisation, row by row. */
final class NormRows implements NormKernel {
    private final boolean centred;
    private final float[] gamma;
    private final float[] beta;
    private final float epsilon;
    private final int columns;

    NormRows(Norm norm) {
        this.centred = norm.kind() == Norm.Kind.LAYER;
        this.gamma = elements(norm.gamma());
        this.beta = elements(norm.beta());
        this.epsilon = norm.epsilon();
        this.columns = norm.columns();
    }

    private static float[] elements(Tensor tensor) {
        return tensor == null ? null : CpuTensor.of(tensor).data();
    }

    @Override
    public void norm(float[] x, int from, float[] y, int to) {
        float mean = centred ? sum(x, from) / columns : 0;
        for (int c = 0; c < columns; c++) {
            y[to + c] = x[from + c] - mean;
        }
        float variance = sumOfSquares(y, to) / columns;
        float scale = (float) (1 / Math.sqrt(variance + epsilon));
        for (int c = 0; c < columns; c++) {
            float scaled = y[to + c] * scale;
            y[to + c] = (gamma == null ? scaled : scaled * gamma[c]) + (beta == null ? 0 : beta[c]);
        }
    }

    /** Several partial sums are both faster and more accurate than one. */
    private float sum(float[] x, int at) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int c = at;
        int end = at + columns;
        for (; c + 4 <= end; c += 4) {
            s0 += x[c];
            s1 += x[c + 1];
            s2 += x[c + 2];
            s3 += x[c + 3];
        }
        for (; c < end; c++) {
            s0 += x[c];
        }
        return (s0 + s1) + (s2 + s3);
    }

    private float sumOfSquares(float[] x, int at) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int c = at;
        int end = at + columns;
        for (; c + 4 <= end; c += 4) {
            s0 = Math.fma(x[c], x[c], s0);
            s1 = Math.fma(x[c + 1], x[c + 1], s1);
            s2 = Math.fma(x[c + 2], x[c + 2], s2);
            s3 = Math.fma(x[c + 3], x[c + 3], s3);
        }
        for (; c < end; c++) {
            s0 = Math.fma(x[c], x[c], s0);
        }
        return (s0 + s1) + (s2 + s3);
    }
}
