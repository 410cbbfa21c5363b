package io.varlen.internal.cuda;

/**
 * A kernel of the device code.
 *
 * @param file {@code src/main/cuda/<file>.cu}
 * @param name as in {@code KERNEL(name, …)}
 * @param threads per block
 */
record Kernel(String file, String name, int threads) {}
