package io.varlen.spark.frame;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/** A top-level column by its name, whatever characters that has. */
public record ColumnName(String name) {
    public Column column() {
        return functions.col("`" + name.replace("`", "``") + "`");
    }
}
