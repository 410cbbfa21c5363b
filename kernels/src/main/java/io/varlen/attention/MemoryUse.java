package io.varlen.attention;

/**
 * The memory that a backend's tensors are in. Backends on one device share it.
 *
 * @param where the device, or the Java heap
 * @param usedBytes in use now: on a GPU by backends of this process, in the heap by everything
 * @param budgetBytes that it may come to at most
 */
public record MemoryUse(String where, long usedBytes, long budgetBytes) {}
