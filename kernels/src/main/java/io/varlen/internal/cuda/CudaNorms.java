package io.varlen.internal.cuda;

import io.varlen.attention.Heads;
import io.varlen.attention.Norm;

/** Normalisations, alone and behind a sum. */
final class CudaNorms {
    private final Launcher launcher;

    CudaNorms(Launcher launcher) {
        this.launcher = launcher;
    }

    /** {@code y = norm(x)}; {@code y} may be {@code x}. From fp32 or the 16-bit type to either. */
    void norm(Matrix x, Norm norm, Matrix y, CudaStream stream) {
        throw new UnsupportedOperationException();
    }

    /** {@code x += y; z = norm(x)}; {@code z} may be {@code x}, which then holds the normalised sum only. */
    void addNorm(Matrix x, Matrix y, Norm norm, Matrix z, CudaStream stream) {
        throw new UnsupportedOperationException();
    }

    /** Each head of each token by itself, in place. */
    void norm(Heads x, Norm norm, CudaStream stream) {
        throw new UnsupportedOperationException();
    }
}
