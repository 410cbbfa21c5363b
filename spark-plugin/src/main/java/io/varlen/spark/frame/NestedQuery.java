package io.varlen.spark.frame;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Part of a query's plan that is a query of its own, so that what functions of ours are in it can be found. */
public interface NestedQuery {
    Dataset<Row> query();
}
