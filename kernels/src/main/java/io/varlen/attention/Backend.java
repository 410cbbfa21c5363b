package io.varlen.attention;

import io.varlen.sequence.CuSeqlens;

/**
 * The operations that a transformer is written in. Safe for use by many threads at once.
 *
 * <p>Rows of a tensor are tokens. Whatever an operation writes for one sequence depends, bit for bit, on the rows of that
 * sequence alone: not on the batch around it, on its position, or on the number of threads; and what is not finite in one
 * sequence stays there. An output must not be an input of the same call unless the operation says so. Shapes and indices
 * that do not fit are an {@link IllegalArgumentException}.
 */
public interface Backend extends AutoCloseable {
    /** The name by which {@link Backends#open} finds it. */
    String name();

    /** What it computes with on this machine, in a few words for a log. */
    String description();

    /** A tensor of unspecified content. */
    Tensor tensor(int rows, int columns);

    /** A tensor that holds these elements, row by row; the array is copied or handed over, so leave it alone. */
    Tensor tensor(float[] elements, int rows, int columns);

    /**
     * Lays out the weights of a linear layer.
     *
     * @param weight {@code [outputs, inputs]}, row-major
     * @param bias {@code [outputs]}
     */
    Linear linear(float[] weight, float[] bias, Activation activation);

    /** {@code y = activation(x Wᵀ + b)}. */
    void linear(Tensor x, Linear layer, Tensor y);

    /** {@code y[i] = table[rows[i]]}. */
    void gather(Tensor table, int[] rows, Tensor y);

    /** {@code x = LayerNorm(x + y)}. */
    void addNorm(Tensor x, Tensor y, LayerNorm norm);

    /** One call of variable-length attention. */
    void attention(Attention call);

    /** {@code y[i]} = the mean of the rows of sequence {@code i}; NaN where the sequence is empty. */
    void mean(Tensor x, CuSeqlens sequences, Tensor y);

    @Override
    void close();
}
