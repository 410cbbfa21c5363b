package io.varlen.spark.rapids;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/**
 * A column in the host's memory.
 *
 * @param nulls the rows that are null; null if none is
 * @param offsets {@code [rows + 1]}, from 0; null if the kind has none
 * @param data values or bytes from 0 to the limit, in native order; null if the kind has none
 */
record HostColumn(ColumnKind kind, int rows, BitSet nulls, int[] offsets, ByteBuffer data, List<HostColumn> children) {
    boolean isNull(int row) {
        return nulls != null && nulls.get(row);
    }

    int start(int row) {
        return offsets[row];
    }

    int length(int row) {
        return offsets[row + 1] - offsets[row];
    }

    HostColumn child() {
        return children.get(0);
    }
}
