package io.varlen.internal.cpu;

/** Normalises rows, one after the other. Safe for use by many threads at once. */
interface NormKernel {
    /** {@code y = norm(x)} for the elements of {@code x} from {@code from} on and those of {@code y} from {@code to} on. */
    void norm(float[] x, int from, float[] y, int to);
}
