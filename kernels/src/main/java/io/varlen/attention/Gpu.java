package io.varlen.attention;

/**
 * A GPU of this machine.
 *
 * @param ordinal as the driver counts
 * @param name the maker's
 * @param architecture as NVIDIA writes it: sm_80
 * @param memoryBytes that it has
 * @param whyNot why {@value Backends#AUTO} does not take it, in one line; null if it does
 */
public record Gpu(int ordinal, String name, String architecture, long memoryBytes, String whyNot) {}
