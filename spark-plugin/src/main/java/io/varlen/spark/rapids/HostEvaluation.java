package io.varlen.spark.rapids;

import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.internal.FunctionCall;
import java.util.ArrayList;
import java.util.Arrays;
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
        Arrays.setAll(
                results,
                row -> FunctionCall.of(
                        function, types.length, i -> columns.get(i).of(row)));
        return ColumnUpload.of(new ColumnBuilder(memory).of(function.resultType(), results), memory);
    }
}
