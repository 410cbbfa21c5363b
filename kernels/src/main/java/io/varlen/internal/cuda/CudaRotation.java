package io.varlen.internal.cuda;

import io.varlen.attention.Heads;
import io.varlen.attention.Rope;

/** Rotary position embedding. */
final class CudaRotation {
    private final Launcher launcher;

    CudaRotation(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * Turns heads in place.
     *
     * @param positions {@code int[T]} on the device, each a row of the rope's tables
     */
    void rotate(Heads x, Rope rope, long positions, CudaStream stream) {
        throw new UnsupportedOperationException();
    }
}
