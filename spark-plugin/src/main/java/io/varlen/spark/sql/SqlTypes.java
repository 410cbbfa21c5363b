package io.varlen.spark.sql;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The types that functions take and give. */
final class SqlTypes {
    static final DataType INT_ARRAY = DataTypes.createArrayType(DataTypes.IntegerType, false);
    static final DataType FLOAT_ARRAY = DataTypes.createArrayType(DataTypes.FloatType, false);
    static final DataType DOUBLE_ARRAY = DataTypes.createArrayType(DataTypes.DoubleType, false);

    private SqlTypes() {}

    /** As an argument, which may hold null as far as Spark knows. */
    static DataType argument(DataType element) {
        return DataTypes.createArrayType(element, true);
    }
}
