package io.varlen.model;

import io.varlen.InvalidInputException;

/** The named tensors of a model, in Hugging Face's names and layout. Used by one thread. */
interface Weights extends AutoCloseable {
    boolean contains(String name);

    /**
     * Reads one tensor, row-major, widened to fp32.
     *
     * @param shape what the model's configuration expects
     * @throws InvalidInputException if there is no such tensor, it has another shape, or its elements cannot be read
     */
    float[] read(String name, int... shape);

    @Override
    void close();
}
