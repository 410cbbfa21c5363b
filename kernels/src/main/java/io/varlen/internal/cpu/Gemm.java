package io.varlen.internal.cpu;

import io.varlen.attention.Activation;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Linear;

/**
 * Matrix products of a few rows with prepared weights. Safe for use by many threads at once; each call runs on its
 * caller's thread alone.
 */
interface Gemm extends AutoCloseable {
    /**
     * How many rows one product has, always: whatever the batch, the same code runs over the same shape, so that the bits of
     * a row depend on nothing else.
     */
    int ROW_BLOCK = 64;

    /** For a log. */
    String description();

    /** Whether this machine has instructions for bf16 that it could use. */
    boolean multipliesBf16();

    /** What it multiplies: {@link Dtype#FP32} or {@link Dtype#BF16}. */
    Dtype dtype();

    /**
     * @param weight {@code [outputs, inputs]}, row-major
     * @param bias {@code [outputs]}, or null for none
     */
    Layer prepare(float[] weight, int outputs, float[] bias, Activation activation);

    /**
     * {@code y = feedForward(x)} for some rows, with the inner elements of these rows only in memory.
     *
     * @param x row-major rows of {@code up().inputs()} elements
     * @param y row-major rows of {@code down().outputs()} elements
     * @param row the first row to compute, of {@code x} and of {@code y}
     * @param rows how many, 1 to {@link #ROW_BLOCK}
     */
    void feedForward(FeedForward layer, float[] x, float[] y, int row, int rows);

    @Override
    void close();

    /** Weights laid out for this kind of product. */
    interface Layer extends Linear {
        /**
         * {@code y = activation(x Wᵀ + b)} for some rows.
         *
         * @param x row-major rows of {@link #inputs()} elements
         * @param y row-major rows of {@link #outputs()} elements
         * @param row the first row to compute, of {@code x} and of {@code y}
         * @param rows how many, 1 to {@link Gemm#ROW_BLOCK}
         */
        void multiply(float[] x, float[] y, int row, int rows);
    }
}
