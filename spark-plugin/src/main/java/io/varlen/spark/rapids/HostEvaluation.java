package io.varlen.spark.rapids;

import io.varlen.spark.function.SqlFunction;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataType;

/**
 * Row by row on the host, for functions that are computed there anyhow: arguments are copied to it and results back, once each.
 *
 * @param types of the arguments, as {@link io.varlen.spark.internal.InputTypes} says
 */
record HostEvaluation(SqlFunction function, DataType[] types) implements ColumnarFunction {
    @Override
    public GpuColumn evaluate(GpuColumns memory, int rows, GpuColumn... arguments) {
        ColumnDownload download = new ColumnDownload(memory);
        List<ColumnValues> columns = new ArrayList<>();
        for (int i = 0; i < types.length; i++) {
            columns.add(new ColumnValues(download.of(arguments[i], types[i]), types[i], function, i + 1));
        }
        Object[] results = new Object[rows];
        for (int row = 0; row < rows; row++) {
            Object[] values = values(columns, row);
            results[row] = values == null ? null : function.call(values);
        }
        return ColumnUpload.of(new ColumnBuilder(memory).of(function.resultType(), results), memory);
    }

    /** Null if one of them is. */
    private static Object[] values(List<ColumnValues> columns, int row) {
        Object[] values = new Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            if (columns.get(i).column().isNull(row)) {
                return null;
            }
            values[i] = columns.get(i).of(row);
        }
        return values;
    }
}
