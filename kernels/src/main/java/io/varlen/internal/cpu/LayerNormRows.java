package io.varlen.internal.cpu;

import io.varlen.attention.LayerNorm;

/** Layer normalisation, row by row. */
final class LayerNormRows {
    private final float[] gamma;
    private final float[] beta;
    private final float epsilon;
    private final int columns;

    LayerNormRows(LayerNorm norm) {
        this.gamma = CpuTensor.of(norm.gamma()).data();
        this.beta = CpuTensor.of(norm.beta()).data();
        this.epsilon = norm.epsilon();
        this.columns = norm.columns();
    }

    /** {@code x = LayerNorm(x + y)} for the row that begins at element {@code at} of both. */
    void addNorm(float[] x, float[] y, int at) {
        for (int c = at; c < at + columns; c++) {
            x[c] += y[c];
        }
        float mean = sum(x, at) / columns;
        for (int c = at; c < at + columns; c++) {
            x[c] -= mean;
        }
        float variance = sumOfSquares(x, at) / columns;
        float scale = (float) (1 / Math.sqrt(variance + epsilon));
        for (int c = 0; c < columns; c++) {
            x[at + c] = Math.fma(x[at + c] * scale, gamma[c], beta[c]);
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
