package io.varlen.spark.export;

import io.varlen.sequence.CuSeqlens;

/** Boundaries as formats want them. */
final class Segments {
    private Segments() {}

    /** How long each segment is. */
    static int[] lengths(CuSeqlens cuSeqlens) {
        int[] lengths = new int[cuSeqlens.count()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = cuSeqlens.length(i);
        }
        return lengths;
    }
}
