package io.varlen.spark.profile;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** A few documents by name. */
final class NamedValues {
    private NamedValues() {}

    /** The first ones in that order, those that are equal in it by their ids. */
    static List<NamedValue> first(Dataset<Row> rows, Column order, Column value, int number) {
        return rows
                .orderBy(order, functions.col("doc_id"))
                .select(functions.col("doc_id"), value)
                .takeAsList(number)
                .stream()
                .map(row -> new NamedValue(row.getString(0), row.getDouble(1)))
                .toList();
    }
}
