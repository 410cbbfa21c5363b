package io.varlen.internal.cpu;

import io.varlen.attention.Rope;

/** Turns the pairs of a head by the angles of a position. */
final class Rotation {
    private final Kernels kernels;
    private final CpuTensor cosines;
    private final CpuTensor sines;
    private final boolean halves;
    private final int pairs;

    Rotation(Rope rope, Kernels kernels) {
        this.kernels = kernels;
        this.cosines = CpuTensor.of(rope.cosines());
        this.sines = CpuTensor.of(rope.sines());
        this.halves = rope.pairing() == Rope.Pairing.HALVES;
        this.pairs = rope.dim() / 2;
    }

    /** @param at where the head begins */
    void apply(float[] x, int at, int position) {
        if (position < 0 || position >= cosines.rows()) {
            throw new IllegalArgumentException("position " + position + " of " + cosines.rows());
        }
        int angle = cosines.row(position);
        if (halves) {
            kernels.rotateHalves(x, at, cosines.data(), sines.data(), angle, pairs);
        } else {
            rotateNeighbours(x, at, angle);
        }
    }

    private void rotateNeighbours(float[] x, int at, int angle) {
        for (int i = 0; i < pairs; i++) {
            float cosine = cosines.data()[angle + i];
            float sine = sines.data()[angle + i];
            float first = x[at + 2 * i];
            float second = x[at + 2 * i + 1];
            x[at + 2 * i] = first * cosine - second * sine;
            x[at + 2 * i + 1] = second * cosine + first * sine;
        }
    }
}
