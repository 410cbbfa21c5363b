package io.varlen.spark.rapids;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Copies columns to the host: of what a list or a string column leads into, that which its rows hold. */
final class ColumnDownload {
    private final GpuColumns memory;

    ColumnDownload(GpuColumns memory) {
        this.memory = memory;
    }

    /**
     * @param type of the column
     * @throws RuntimeException as {@link GpuColumns#split} if it does not fit the host's arrays
     */
    HostColumn of(GpuColumn column, DataType type) {
        return unsliced(column, whole -> rows(whole, type, 0, whole.rows()));
    }

    /** The offsets of a column: {@code int[rows + 1]}; checked, so that they lead into what is there. */
    int[] offsets(GpuColumn column) {
        return unsliced(column, whole -> offsets(whole, 0, whole.rows()));
    }

    /** The rows that are null; null if none is. */
    BitSet nulls(GpuColumn column) {
        return nulls(column, 0, column.rows());
    }

    private interface Reading<T> {
        T of(GpuColumn column);
    }

    private static <T> T unsliced(GpuColumn column, Reading<T> reading) {
        try {
            return reading.of(column);
        } catch (SlicedColumnException e) {
            try (GpuColumn copy = column.copy()) {
                return reading.of(copy);
            }
        }
    }

    private HostColumn rows(GpuColumn column, DataType type, int from, int count) {
        ColumnKind kind = column.kind();
        if (kind != ColumnKind.of(type)) {
            throw new IllegalStateException("a column of " + kind + " where a query says " + type.sql());
        }
        BitSet nulls = nulls(column, from, count);
        if (kind == ColumnKind.STRUCT) {
            return new HostColumn(kind, count, nulls, null, null, fields(column, (StructType) type, from, count));
        }
        if (!kind.hasOffsets()) {
            ByteBuffer data = bytes(column.data(), (long) from * kind.bytes(), (long) count * kind.bytes());
            return new HostColumn(kind, count, nulls, null, data, List.of());
        }
        int[] offsets = offsets(column, from, count);
        int first = offsets[0];
        int length = offsets[count] - first;
        for (int i = 0; i <= count; i++) {
            offsets[i] -= first;
        }
        if (kind == ColumnKind.STRING) {
            return new HostColumn(kind, count, nulls, offsets, bytes(column.data(), first, length), List.of());
        }
        try (GpuColumn child = column.child(0)) {
            return new HostColumn(kind, count, nulls, offsets, null, List.of(elements(child, type, first, length)));
        }
    }

    /** The bytes of {@code binary} are unsigned or not, as cuDF likes; nobody asks. */
    private HostColumn elements(GpuColumn child, DataType type, int first, int length) {
        if (type instanceof BinaryType) {
            return new HostColumn(ColumnKind.BYTE, length, null, null, bytes(child.data(), first, length), List.of());
        }
        return rows(child, ((ArrayType) type).elementType(), first, length);
    }

    private List<HostColumn> fields(GpuColumn column, StructType type, int from, int count) {
        List<HostColumn> fields = new ArrayList<>();
        for (int i = 0; i < type.size(); i++) {
            try (GpuColumn field = column.child(i)) {
                fields.add(rows(field, type.apply(i).dataType(), from, count));
            }
        }
        return fields;
    }

    private BitSet nulls(GpuColumn column, int from, int count) {
        GpuMemory validity = column.validity();
        if (validity == null || count == 0) {
            return null;
        }
        int first = from / Byte.SIZE;
        BitSet valid = BitSet.valueOf(bytes(validity, first, (from + count + 7L) / Byte.SIZE - first));
        BitSet nulls = valid.get(from % Byte.SIZE, from % Byte.SIZE + count);
        nulls.flip(0, count);
        return nulls.isEmpty() ? null : nulls;
    }

    private int[] offsets(GpuColumn column, int from, int count) {
        GpuMemory offsets = column.offsets();
        if (count == 0 || offsets == null) {
            return new int[count + 1];
        }
        if (column.kind() == ColumnKind.STRING && length(column.data()) > GpuColumns.MAX_ROWS) {
            throw memory.split("a string column of " + length(column.data()) + " bytes");
        }
        int[] numbers = new int[count + 1];
        bytes(offsets, (long) from * Integer.BYTES, (count + 1L) * Integer.BYTES)
                .asIntBuffer()
                .get(numbers);
        long end = column.kind() == ColumnKind.STRING ? length(column.data()) : childRows(column);
        boolean fits = numbers[0] >= 0 && numbers[count] <= end;
        for (int i = 0; i < count; i++) {
            fits &= numbers[i] <= numbers[i + 1];
        }
        if (!fits) {
            throw new SlicedColumnException("offsets from " + numbers[0] + " to " + numbers[count] + " into " + end);
        }
        return numbers;
    }

    private static long length(GpuMemory memory) {
        return memory == null ? 0 : memory.bytes();
    }

    private static long childRows(GpuColumn list) {
        try (GpuColumn child = list.child(0)) {
            return child.rows();
        }
    }

    private ByteBuffer bytes(GpuMemory from, long at, long count) {
        if (count > Integer.MAX_VALUE - Long.BYTES) {
            throw memory.split(count + " bytes of a column, to be copied to the host");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) count).order(ByteOrder.nativeOrder());
        if (count > 0) {
            from.read(at, bytes);
            bytes.flip();
        }
        return bytes;
    }

    /** What offsets look like that were read from a wrong address. */
    private static final class SlicedColumnException extends IllegalStateException {
        SlicedColumnException(String message) {
            super(message);
        }
    }
}
