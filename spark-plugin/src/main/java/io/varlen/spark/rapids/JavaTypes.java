package io.varlen.spark.rapids;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** The Java of the elements of an array, as {@link io.varlen.spark.function.SqlFunction} says. */
final class JavaTypes {
    private JavaTypes() {}

    static Class<?> of(DataType type) {
        if (type instanceof StringType || type instanceof BinaryType) {
            return byte[].class;
        } else if (type instanceof StructType) {
            return Object[].class;
        } else if (type instanceof IntegerType) {
            return int.class;
        } else if (type instanceof LongType) {
            return long.class;
        } else if (type instanceof FloatType) {
            return float.class;
        } else if (type instanceof DoubleType) {
            return double.class;
        } else if (type instanceof ArrayType array) {
            return of(array.elementType()).arrayType();
        }
        throw new IllegalArgumentException("an array of " + type.sql());
    }
}
