/**
 * The backend for NVIDIA GPUs. Start with {@link io.varlen.internal.cuda.CudaBackend}, what a device is asked for ({@link
 * io.varlen.internal.cuda.Driver}), and how a kernel is called ({@link io.varlen.internal.cuda.Launcher}).
 */
package io.varlen.internal.cuda;
