package io.varlen.spark.function;

import java.util.Map;
import org.apache.spark.sql.types.DataType;

/**
 * What a SQL function is called with in a query, as far as it is known before the query runs.
 *
 * @param types of the columns that are given, by parameter
 * @param constants that are given, by parameter: {@code String}, {@code Integer} or {@code Boolean} as the parameter says
 */
public record FunctionArguments(Map<String, DataType> types, Map<String, Object> constants) {
    public FunctionArguments {
        types = Map.copyOf(types);
        constants = Map.copyOf(constants);
    }

    /** The type of a column; null if it is left out. */
    public DataType type(String parameter) {
        return types.get(parameter);
    }

    /** A constant; null if it is left out. */
    public String text(String parameter) {
        return (String) constants.get(parameter);
    }

    /** A constant that is not left out. */
    public int number(String parameter) {
        return (Integer) constants.get(parameter);
    }

    /** Whether a flag is given and true. */
    public boolean flag(String parameter) {
        return Boolean.TRUE.equals(constants.get(parameter));
    }
}
