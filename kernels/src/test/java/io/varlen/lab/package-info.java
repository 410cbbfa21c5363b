/**
 * What the GPU lab runs on a bare machine with a device, one part per process: {@link io.varlen.lab.ContractPart}, {@link
 * io.varlen.lab.AttentionPart} and {@link io.varlen.lab.ModelPart}. See {@code kernels/gpu-lab/README.md}.
 */
package io.varlen.lab;
