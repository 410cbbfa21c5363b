package io.varlen.spark.rapids;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Lays the results of {@link io.varlen.spark.function.SqlFunction} out as a column. */
final class ColumnBuilder {
    private final GpuColumns memory;

    /** @param memory asks for a split where a column would be too large */
    ColumnBuilder(GpuColumns memory) {
        this.memory = memory;
    }

    /** @param values one per row; may be null */
    HostColumn of(DataType type, Object[] values) {
        ColumnKind kind = ColumnKind.of(type);
        BitSet nulls = nulls(values);
        return switch (kind) {
            case STRING -> {
                int[] offsets = offsets(values, "the bytes of a string column");
                yield new HostColumn(kind, values.length, nulls, offsets, bytes(values, offsets), List.of());
            }
            case LIST -> {
                int[] offsets = offsets(values, "the elements of an array column");
                HostColumn child = type instanceof ArrayType array
                        ? elements(array.elementType(), values, offsets)
                        : new HostColumn(
                                ColumnKind.BYTE, offsets[values.length], null, null, bytes(values, offsets), List.of());
                yield new HostColumn(kind, values.length, nulls, offsets, null, List.of(child));
            }
            case STRUCT -> new HostColumn(kind, values.length, nulls, null, null, fields((StructType) type, values));
            default -> new HostColumn(kind, values.length, nulls, null, numbers(kind, values), List.of());
        };
    }

    private static BitSet nulls(Object[] values) {
        BitSet nulls = null;
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                nulls = nulls == null ? new BitSet(values.length) : nulls;
                nulls.set(i);
            }
        }
        return nulls;
    }

    private int[] offsets(Object[] arrays, String what) {
        int[] offsets = new int[arrays.length + 1];
        long end = 0;
        for (int i = 0; i < arrays.length; i++) {
            end += arrays[i] == null ? 0 : Array.getLength(arrays[i]);
            offsets[i + 1] = memory.rows(end, what);
        }
        return offsets;
    }

    private ByteBuffer bytes(Object[] values, int[] offsets) {
        ByteBuffer bytes = buffer(offsets[values.length], 1);
        for (Object value : values) {
            if (value != null) {
                bytes.put((byte[]) value);
            }
        }
        return bytes.flip();
    }

    private HostColumn elements(DataType type, Object[] arrays, int[] offsets) {
        ColumnKind kind = ColumnKind.of(type);
        int count = offsets[arrays.length];
        if (kind.bytes() == 0) {
            List<Object> flat = new ArrayList<>(count);
            for (Object array : arrays) {
                if (array != null) {
                    flat.addAll(java.util.Arrays.asList((Object[]) array));
                }
            }
            return of(type, flat.toArray());
        }
        ByteBuffer data = buffer(count, kind.bytes());
        for (int i = 0; i < arrays.length; i++) {
            if (arrays[i] != null) {
                put(kind, arrays[i], data.position(offsets[i] * kind.bytes()));
            }
        }
        return new HostColumn(kind, count, null, null, data.clear(), List.of());
    }

    private static void put(ColumnKind kind, Object array, ByteBuffer to) {
        switch (kind) {
            case INT -> to.asIntBuffer().put((int[]) array);
            case LONG -> to.asLongBuffer().put((long[]) array);
            case FLOAT -> to.asFloatBuffer().put((float[]) array);
            case DOUBLE -> to.asDoubleBuffer().put((double[]) array);
            default -> throw new IllegalStateException("an array of " + kind);
        }
    }

    private List<HostColumn> fields(StructType type, Object[] structs) {
        List<HostColumn> fields = new ArrayList<>();
        for (int f = 0; f < type.size(); f++) {
            Object[] values = new Object[structs.length];
            for (int i = 0; i < structs.length; i++) {
                values[i] = structs[i] == null ? null : ((Object[]) structs[i])[f];
            }
            fields.add(of(type.apply(f).dataType(), values));
        }
        return fields;
    }

    private ByteBuffer numbers(ColumnKind kind, Object[] values) {
        ByteBuffer data = buffer(values.length, kind.bytes());
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) {
                int at = i * kind.bytes();
                switch (kind) {
                    case BOOLEAN -> data.put(at, (byte) ((Boolean) values[i] ? 1 : 0));
                    case INT -> data.putInt(at, (Integer) values[i]);
                    case LONG -> data.putLong(at, (Long) values[i]);
                    case FLOAT -> data.putFloat(at, (Float) values[i]);
                    case DOUBLE -> data.putDouble(at, (Double) values[i]);
                    default -> throw new IllegalStateException("a number of " + kind);
                }
            }
        }
        return data;
    }

    private ByteBuffer buffer(int count, int bytes) {
        long size = (long) count * bytes;
        if (size > Integer.MAX_VALUE - Long.BYTES) {
            throw memory.split("a result of " + size + " bytes, to be copied from the host");
        }
        return ByteBuffer.allocate((int) size).order(ByteOrder.nativeOrder());
    }
}
