package io.varlen.spark.rapids;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a column is made of; memory as {@link GpuColumn} says.
 *
 * @param validity null if nothing is null
 * @param offsets null if the kind has none
 * @param data null if the kind has none
 */
record ColumnParts(
        ColumnKind kind,
        int rows,
        int nulls,
        GpuBuffer validity,
        GpuBuffer offsets,
        GpuBuffer data,
        List<ColumnParts> children) {
    /** Without a null. */
    static ColumnParts of(ColumnKind kind, int rows, GpuBuffer data) {
        return new ColumnParts(kind, rows, 0, null, null, data, List.of());
    }

    /** All memory, that of children too. */
    Stream<GpuBuffer> buffers() {
        return Stream.concat(
                Stream.of(validity, offsets, data).filter(buffer -> buffer != null),
                children.stream().flatMap(ColumnParts::buffers));
    }
}
