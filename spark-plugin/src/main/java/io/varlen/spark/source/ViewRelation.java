package io.varlen.spark.source;

import io.varlen.spark.frame.NestedQuery;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.PrunedScan;
import org.apache.spark.sql.types.StructType;

/** The rows of a view with results behind them, computed as far as a query pulls them. */
final class ViewRelation extends BaseRelation implements PrunedScan, NestedQuery {
    private final SQLContext context;
    private final Dataset<Row> results;

    ViewRelation(SQLContext context, Dataset<Row> results) {
        this.context = context;
        this.results = results;
    }

    @Override
    public SQLContext sqlContext() {
        return context;
    }

    @Override
    public StructType schema() {
        return results.schema();
    }

    @Override
    public Dataset<Row> query() {
        return results;
    }

    /** What {@link #buildScan} gives is in Spark's own form already. */
    @Override
    public boolean needConversion() {
        return false;
    }

    @Override
    public RDD<Row> buildScan(String[] columns) {
        return ColumnScan.of(results, columns);
    }
}
