package io.varlen.spark.rapids;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** What a column's memory holds, in cuDF's terms: {@code binary} is a list of bytes. */
enum ColumnKind {
    BOOLEAN(1),
    BYTE(1),
    INT(4),
    LONG(8),
    FLOAT(4),
    DOUBLE(8),
    /** Offsets into bytes of UTF-8. */
    STRING(0),
    /** Offsets into the rows of its one child. */
    LIST(0),
    /** As many rows in each child. */
    STRUCT(0);

    private final int bytes;

    ColumnKind(int bytes) {
        this.bytes = bytes;
    }

    /** Of one row; 0 for what has no fixed size. */
    int bytes() {
        return bytes;
    }

    boolean hasOffsets() {
        return this == STRING || this == LIST;
    }

    /** In which columns of a type come. */
    static ColumnKind of(DataType type) {
        if (type instanceof StringType) {
            return STRING;
        } else if (type instanceof BinaryType || type instanceof ArrayType) {
            return LIST;
        } else if (type instanceof StructType) {
            return STRUCT;
        } else if (type instanceof IntegerType) {
            return INT;
        } else if (type instanceof LongType) {
            return LONG;
        } else if (type instanceof FloatType) {
            return FLOAT;
        } else if (type instanceof DoubleType) {
            return DOUBLE;
        } else if (type instanceof BooleanType) {
            return BOOLEAN;
        }
        throw new IllegalArgumentException("a column of " + type.sql());
    }
}
