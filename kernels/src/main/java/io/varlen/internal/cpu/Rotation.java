package io.varlen.internal.cpu;

import io.varlen.attention.Rope;

/** Turns the pairs of a head by the angles of a position. */
final class Rotation {
    private final CpuTensor cosines;
    private final CpuTensor sines;
    private final boolean halves;
    private final int pairs;

    Rotation(Rope rope) {
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
        for (int i = 0; i < pairs; i++) {
            int a = halves ? at + i : at + 2 * i;
            int b = halves ? at + pairs + i : a + 1;
            float cosine = cosines.data()[angle + i];
            float sine = sines.data()[angle + i];
            float first = x[a];
            float second = x[b];
            x[a] = first * cosine - second * sine;
            x[b] = second * cosine + first * sine;
        }
    }
}
