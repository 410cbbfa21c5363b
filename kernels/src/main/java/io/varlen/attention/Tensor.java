package io.varlen.attention;

/**
 * A row-major matrix {@code [rows, columns]} that lives where its backend computes: fp32, or what its backend stores
 * activations in. Made by {@link Backend#tensor} or {@link Backend#activations}, to be used by one thread at a time and with
 * that backend only; parameters, which no operation changes, by many.
 */
public interface Tensor extends AutoCloseable {
    int rows();

    int columns();

    /** The memory that its elements take. */
    long bytes();

    /** A copy of all elements, row by row. */
    float[] toArray();

    /** Gives the memory back; the tensor must not be used afterwards. */
    @Override
    void close();
}
