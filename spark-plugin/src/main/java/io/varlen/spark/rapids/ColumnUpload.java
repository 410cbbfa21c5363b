package io.varlen.spark.rapids;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Copies a column to the GPU, once: the memory that it is copied to becomes the column. */
final class ColumnUpload {
    /** cuDF reads a row's validity in words of 64 bytes. */
    private static final int VALIDITY_BYTES = 64;

    private final GpuColumns memory;
    private final List<GpuBuffer> taken = new ArrayList<>();

    private ColumnUpload(GpuColumns memory) {
        this.memory = memory;
    }

    static GpuColumn of(HostColumn column, GpuColumns memory) {
        ColumnUpload upload = new ColumnUpload(memory);
        ColumnParts parts;
        try {
            parts = upload.parts(column);
        } catch (RuntimeException | Error e) {
            upload.taken.forEach(GpuBuffer::close);
            throw e;
        }
        return memory.column(parts);
    }

    /** The bits of {@link GpuColumn#validity}; null if nothing is null. */
    static ByteBuffer validity(BitSet nulls, int rows) {
        if (nulls == null || nulls.isEmpty()) {
            return null;
        }
        BitSet valid = new BitSet(rows);
        valid.set(0, rows);
        valid.andNot(nulls);
        int bytes = (rows + VALIDITY_BYTES * Byte.SIZE - 1) / (VALIDITY_BYTES * Byte.SIZE) * VALIDITY_BYTES;
        return ByteBuffer.allocate(bytes).put(valid.toByteArray()).clear();
    }

    static ByteBuffer bytes(int[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Integer.BYTES))
                .order(ByteOrder.nativeOrder());
        bytes.asIntBuffer().put(numbers);
        return bytes;
    }

    private ColumnParts parts(HostColumn column) {
        ByteBuffer validity = validity(column.nulls(), column.rows());
        return new ColumnParts(
                column.kind(),
                column.rows(),
                validity == null ? 0 : column.nulls().cardinality(),
                validity == null ? null : buffer(validity),
                column.offsets() == null ? null : buffer(bytes(column.offsets())),
                column.data() == null ? null : buffer(column.data()),
                column.children().stream().map(this::parts).toList());
    }

    private GpuBuffer buffer(ByteBuffer content) {
        GpuBuffer buffer = memory.allocate(content.remaining());
        taken.add(buffer);
        if (content.hasRemaining()) {
            buffer.write(0, content.duplicate());
        }
        return buffer;
    }
}
