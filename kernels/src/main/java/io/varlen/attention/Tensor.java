package io.varlen.attention;

/**
 * A row-major fp32 matrix {@code [rows, columns]} that lives where its backend computes. Made by {@link Backend#tensor}, to
 * be used by one thread at a time and with that backend only.
 */
public interface Tensor extends AutoCloseable {
    int rows();

    int columns();

    /** A copy of all elements, row by row. */
    float[] toArray();

    /** Gives the memory back; the tensor must not be used afterwards. */
    @Override
    void close();
}
