package io.varlen.spark.rapids;

import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.internal.ArgumentArrays;
import java.lang.reflect.Array;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.Seq;

/** Between what Spark gives a Scala UDF for a row and what {@link SqlFunction} takes. */
final class RowValues {
    private RowValues() {}

    /** @param position of the argument that the value is or is part of, from 1, for messages */
    static Object toJava(Object value, DataType type, SqlFunction function, int position) {
        if (type instanceof ArrayType array) {
            return elements(value, array.elementType(), function, position);
        } else if (type instanceof StructType struct) {
            Row row = (Row) value;
            Object[] fields = new Object[struct.size()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = row.isNullAt(i)
                        ? null
                        : toJava(row.get(i), struct.apply(i).dataType(), function, position);
            }
            return fields;
        }
        return value;
    }

    private static Object elements(Object seq, DataType type, SqlFunction function, int position) {
        Seq<?> values = (Seq<?>) seq;
        int count = values.length();
        Object array = Array.newInstance(ArgumentArrays.elementClass(type), count);
        boolean ofNumbers = array.getClass().getComponentType().isPrimitive();
        for (int i = 0; i < count; i++) {
            Object value = values.apply(i);
            if (value != null) {
                Array.set(array, i, toJava(value, type, function, position));
            } else if (ofNumbers) {
                throw ArgumentArrays.nullElement(function, position, i);
            }
        }
        return array;
    }

    /** As Spark takes the result of a Scala UDF: arrays as they are, but with text that has not been a {@code String}. */
    static Object toScala(Object value, DataType type) {
        if (value == null) {
            return null;
        } else if (type instanceof StringType) {
            return UTF8String.fromBytes((byte[]) value);
        } else if (type instanceof ArrayType array && value instanceof Object[] elements) {
            if (array.elementType() instanceof BinaryType) {
                return elements;
            }
            Object[] inner = new Object[elements.length];
            for (int i = 0; i < inner.length; i++) {
                inner[i] = toScala(elements[i], array.elementType());
            }
            return inner;
        } else if (type instanceof StructType struct) {
            Object[] fields = (Object[]) value;
            Object[] inner = new Object[fields.length];
            for (int i = 0; i < inner.length; i++) {
                inner[i] = toScala(fields[i], struct.apply(i).dataType());
            }
            return RowFactory.create(inner);
        }
        return value;
    }
}
