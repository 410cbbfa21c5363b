package io.varlen.spark.source;

import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.TableScan;
import org.apache.spark.sql.types.StructType;

/** A few rows about a dataset, found out anew by each query. */
final class ReportRelation extends BaseRelation implements TableScan {
    private final SQLContext context;
    private final StructType schema;
    private final Supplier<List<Row>> rows;

    ReportRelation(SQLContext context, StructType schema, Supplier<List<Row>> rows) {
        this.context = context;
        this.schema = schema;
        this.rows = rows;
    }

    @Override
    public SQLContext sqlContext() {
        return context;
    }

    @Override
    public StructType schema() {
        return schema;
    }

    @Override
    public RDD<Row> buildScan() {
        JavaSparkContext spark =
                JavaSparkContext.fromSparkContext(context.sparkSession().sparkContext());
        return spark.parallelize(rows.get(), 1).rdd();
    }
}
