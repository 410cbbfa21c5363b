/**
 * The backend of the host's processor. Start with {@link io.varlen.internal.cpu.CpuBackend}, which keeps the promises of
 * {@link io.varlen.attention.Backend}; matrix products are a {@code Gemm}, attention is {@code FlashAttention}.
 */
package io.varlen.internal.cpu;
