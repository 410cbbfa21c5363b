package io.varlen.spark.internal;

import io.varlen.InvalidInputException;
import io.varlen.spark.function.SqlFunction;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** Arrays among the arguments of a {@link SqlFunction}. */
public final class ArgumentArrays {
    private ArgumentArrays() {}

    /** For an array of numbers of which one is none. */
    public static InvalidInputException nullElement(SqlFunction function, int position, int element) {
        return new InvalidInputException(function.name() + ": element " + element + " of the array in argument "
                + position + " is null; it must be a number");
    }

    /** The Java of the elements. */
    public static Class<?> elementClass(DataType type) {
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
            return elementClass(array.elementType()).arrayType();
        }
        throw new IllegalArgumentException("an array of " + type.sql());
    }
}
