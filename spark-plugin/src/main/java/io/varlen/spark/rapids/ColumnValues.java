package io.varlen.spark.rapids;

import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.internal.ArgumentArrays;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * The values of an argument's column as {@link SqlFunction} takes them.
 *
 * @param position of the argument, from 1, for messages
 */
record ColumnValues(HostColumn column, DataType type, SqlFunction function, int position) {
    /** Null where the column is. */
    Object of(int row) {
        return of(column, type, row);
    }

    private Object of(HostColumn in, DataType type, int row) {
        if (in.isNull(row)) {
            return null;
        }
        return switch (in.kind()) {
            case BOOLEAN -> in.data().get(row) != 0;
            case BYTE -> throw new IllegalStateException("a byte by itself");
            case INT -> in.data().getInt(row * Integer.BYTES);
            case LONG -> in.data().getLong(row * Long.BYTES);
            case FLOAT -> in.data().getFloat(row * Float.BYTES);
            case DOUBLE -> in.data().getDouble(row * Double.BYTES);
            case STRING -> bytes(in, in.data(), row);
            case LIST ->
                type instanceof BinaryType
                        ? bytes(in, in.child().data(), row)
                        : elements(in, ((ArrayType) type).elementType(), row);
            case STRUCT -> fields(in, (StructType) type, row);
        };
    }

    private static byte[] bytes(HostColumn in, ByteBuffer data, int row) {
        byte[] bytes = new byte[in.length(row)];
        data.get(in.start(row), bytes);
        return bytes;
    }

    private Object elements(HostColumn list, DataType type, int row) {
        HostColumn child = list.child();
        int from = list.start(row);
        int count = list.length(row);
        switch (child.kind()) {
            case INT -> {
                int[] ints = new int[count];
                requireNoNull(child, from, count).asIntBuffer().get(from, ints);
                return ints;
            }
            case LONG -> {
                long[] longs = new long[count];
                requireNoNull(child, from, count).asLongBuffer().get(from, longs);
                return longs;
            }
            case FLOAT -> {
                float[] floats = new float[count];
                requireNoNull(child, from, count).asFloatBuffer().get(from, floats);
                return floats;
            }
            case DOUBLE -> {
                double[] doubles = new double[count];
                requireNoNull(child, from, count).asDoubleBuffer().get(from, doubles);
                return doubles;
            }
            default -> {
                Object[] elements = (Object[]) Array.newInstance(ArgumentArrays.elementClass(type), count);
                for (int i = 0; i < count; i++) {
                    elements[i] = of(child, type, from + i);
                }
                return elements;
            }
        }
    }

    private Object[] fields(HostColumn struct, StructType type, int row) {
        Object[] fields = new Object[type.size()];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = of(struct.children().get(i), type.apply(i).dataType(), row);
        }
        return fields;
    }

    private ByteBuffer requireNoNull(HostColumn child, int from, int count) {
        int next = child.nulls() == null ? -1 : child.nulls().nextSetBit(from);
        if (next >= 0 && next < from + count) {
            throw ArgumentArrays.nullElement(function, position, next - from);
        }
        return child.data();
    }
}
