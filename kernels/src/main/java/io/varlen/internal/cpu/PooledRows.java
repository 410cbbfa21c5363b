package io.varlen.internal.cpu;

import io.varlen.attention.Pooling;
import java.util.Arrays;

/** Makes one row of the rows of a sequence. */
final class PooledRows {
    private final Pooling pooling;
    private final int columns;
    private final double[] sum;

    PooledRows(Pooling pooling, int columns) {
        this.pooling = pooling;
        this.columns = columns;
        this.sum = new double[columns];
    }

    /**
     * @param from where the first of {@code rows} rows of {@code x} begins
     * @param to where the row of {@code y} begins
     */
    void pool(float[] x, int from, int rows, float[] y, int to) {
        switch (pooling) {
            case CLS -> System.arraycopy(x, from, y, to, columns);
            case LAST_TOKEN -> System.arraycopy(x, from + (rows - 1) * columns, y, to, columns);
            case MAX -> max(x, from, rows, y, to);
            case MEAN -> mean(x, from, rows, rows, y, to);
            case MEAN_SQRT_LENGTH -> mean(x, from, rows, Math.sqrt(rows), y, to);
            case WEIGHTED_MEAN -> mean(x, from, rows, rows * (rows + 1.0) / 2, y, to);
        }
    }

    private void max(float[] x, int from, int rows, float[] y, int to) {
        System.arraycopy(x, from, y, to, columns);
        for (int row = 1; row < rows; row++) {
            int at = from + row * columns;
            for (int c = 0; c < columns; c++) {
                y[to + c] = Math.max(y[to + c], x[at + c]);
            }
        }
    }

    private void mean(float[] x, int from, int rows, double divisor, float[] y, int to) {
        Arrays.fill(sum, 0);
        for (int row = 0; row < rows; row++) {
            int at = from + row * columns;
            double weight = pooling == Pooling.WEIGHTED_MEAN ? row + 1 : 1;
            for (int c = 0; c < columns; c++) {
                sum[c] += weight * x[at + c];
            }
        }
        for (int c = 0; c < columns; c++) {
            y[to + c] = (float) (sum[c] / divisor);
        }
    }
}
