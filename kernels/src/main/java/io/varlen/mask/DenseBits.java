package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import io.varlen.sequence.Unpadding;
import java.util.Arrays;
import java.util.BitSet;

/** Brings masks of padded rows into the packed axis of a batch's queries. */
final class DenseBits {
    private DenseBits() {}

    static Mask.Dense of(boolean[][][] visible, CuSeqlens queries) {
        requireCount(visible.length, queries);
        int columns = Arrays.stream(visible)
                .flatMap(Arrays::stream)
                .mapToInt(row -> row.length)
                .findFirst()
                .orElse(Integer.MAX_VALUE); // without a query, any number of keys will do
        requireFit(columns, queries);
        BitSet bits = new BitSet();
        for (int i = 0; i < queries.count(); i++) {
            requireRows(visible[i].length, queries, i);
            for (int q = 0; q < queries.length(i); q++) {
                boolean[] row = visible[i][q];
                if (row.length != columns) {
                    throw new IllegalArgumentException("matrix " + i + " of a dense mask has " + row.length
                            + " columns in row " + q + "; the first has " + columns);
                }
                for (int k = 0; k < columns; k++) {
                    bits.set((queries.start(i) + q) * columns + k, row[k]);
                }
            }
        }
        return new Mask.Dense(columns, bits);
    }

    static Mask.Dense of(byte[] visible, int rows, int columns, CuSeqlens queries) {
        long size = (long) queries.count() * rows * columns;
        if (rows < 0 || columns < 0 || visible.length != size) {
            throw new IllegalArgumentException("a dense mask of " + visible.length + " elements for [" + queries.count()
                    + ", " + rows + ", " + columns + "]");
        }
        requireFit(columns, queries);
        BitSet bits = new BitSet();
        for (int i = 0; i < queries.count(); i++) {
            requireRows(rows, queries, i);
            for (int q = 0; q < queries.length(i); q++) {
                for (int k = 0; k < columns; k++) {
                    int at = (i * rows + q) * columns + k;
                    if ((visible[at] & ~1) != 0) {
                        throw new IllegalArgumentException("element [" + i + ", " + q + ", " + k
                                + "] of a dense mask is " + visible[at] + "; it can be 0 or 1");
                    }
                    bits.set((queries.start(i) + q) * columns + k, visible[at] == 1);
                }
            }
        }
        return new Mask.Dense(columns, bits);
    }

    static Mask.Dense of(boolean[][][] visible, Unpadding unpadding) {
        requireShape(visible, unpadding);
        CuSeqlens sequences = unpadding.cuSeqlens();
        int columns = sequences.maxLength();
        requireFit(columns, sequences);
        int[] indices = unpadding.indices();
        BitSet bits = new BitSet();
        for (int i = 0; i < sequences.count(); i++) {
            for (int q = sequences.start(i); q < sequences.end(i); q++) {
                boolean[] row = visible[indices[q] / unpadding.length()][indices[q] % unpadding.length()];
                for (int k = sequences.start(i); k < sequences.end(i); k++) {
                    bits.set(q * columns + k - sequences.start(i), row[indices[k] % unpadding.length()]);
                }
            }
        }
        return new Mask.Dense(columns, bits);
    }

    private static void requireShape(boolean[][][] visible, Unpadding unpadding) {
        boolean fits = visible.length == unpadding.rows();
        for (boolean[][] matrix : visible) {
            fits &= matrix.length == unpadding.length();
            for (boolean[] row : matrix) {
                fits &= row.length == unpadding.length();
            }
        }
        if (!fits) {
            throw new IllegalArgumentException("a dense mask that is not [" + unpadding.rows() + ", "
                    + unpadding.length() + ", " + unpadding.length() + "], as its padded rows are");
        }
    }

    private static void requireCount(int matrices, CuSeqlens queries) {
        if (matrices != queries.count()) {
            throw new IllegalArgumentException(
                    "a dense mask of " + matrices + " matrices for " + queries.count() + " sequences");
        }
    }

    private static void requireRows(int rows, CuSeqlens queries, int sequence) {
        if (queries.length(sequence) > rows) {
            throw new IllegalArgumentException("sequence " + sequence + " has " + queries.length(sequence)
                    + " queries, its matrix in the dense mask " + rows + " rows");
        }
    }

    /** A BitSet counts its bits in int. */
    static void requireFit(int columns, CuSeqlens queries) {
        if ((long) columns * queries.total() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a dense mask of " + columns + " columns for " + queries.total()
                    + " queries; it can hold 2^31 - 1 pairs");
        }
    }
}
