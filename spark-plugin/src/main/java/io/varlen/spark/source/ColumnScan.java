package io.varlen.spark.source;

import io.varlen.spark.frame.ColumnName;
import java.util.Arrays;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What a relation gives Spark whose rows are those of a query. */
final class ColumnScan {
    private ColumnScan() {}

    /**
     * The rows in Spark's own form, for relations that need no conversion.
     *
     * @param columns names at the top level, whatever characters they have, in the order in which Spark wants them
     */
    @SuppressWarnings("unchecked") // without conversion Spark takes the rows for what they are
    static RDD<Row> of(Dataset<Row> rows, String[] columns) {
        Column[] selected = Arrays.stream(columns)
                .map(name -> new ColumnName(name).column())
                .toArray(Column[]::new);
        return (RDD<Row>) (RDD<?>) rows.select(selected).queryExecution().toRdd();
    }
}
