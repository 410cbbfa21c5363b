/**
 * What the GPU lab runs on a bare machine with a device, one part per process: {@link io.varlen.internal.lab.ContractPart}, {@link
 * io.varlen.internal.lab.AttentionPart} and {@link io.varlen.internal.lab.ModelPart}. See {@code kernels/gpu-lab/README.md}.
 */
package io.varlen.internal.lab;
