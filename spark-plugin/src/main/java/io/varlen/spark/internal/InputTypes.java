package io.varlen.spark.internal;

import io.varlen.spark.function.SqlFunction;
import java.util.Arrays;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The types that a query's arguments are cast to for RAPIDS: those of the function with text as binary, because a UDF's row gets
 * text as a {@code String}, in which invalid UTF-8 has silently become other characters.
 */
public final class InputTypes {
    private InputTypes() {}

    /** One per argument. */
    public static DataType[] of(SqlFunction function) {
        return Arrays.stream(function.inputTypes()).map(InputTypes::asBinary).toArray(DataType[]::new);
    }

    private static DataType asBinary(DataType type) {
        if (type instanceof StringType) {
            return DataTypes.BinaryType;
        } else if (type instanceof ArrayType array) {
            return DataTypes.createArrayType(asBinary(array.elementType()), array.containsNull());
        } else if (type instanceof StructType struct) {
            StructField[] fields = Arrays.stream(struct.fields())
                    .map(field ->
                            DataTypes.createStructField(field.name(), asBinary(field.dataType()), field.nullable()))
                    .toArray(StructField[]::new);
            return DataTypes.createStructType(fields);
        }
        return type;
    }
}
