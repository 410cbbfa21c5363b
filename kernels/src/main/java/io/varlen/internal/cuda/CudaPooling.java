package io.varlen.internal.cuda;

import io.varlen.attention.Pooling;

/** Rows of a sequence to one. */
final class CudaPooling {
    private final Launcher launcher;

    CudaPooling(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * @param x of any element type
     * @param cuSeqlens {@code int[y.rows() + 1]} on the device; no sequence is empty
     * @param y fp32
     */
    void pool(Matrix x, long cuSeqlens, Pooling pooling, Matrix y, CudaStream stream) {
        throw new UnsupportedOperationException();
    }
}
