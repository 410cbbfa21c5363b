package io.varlen.spark.source;

import io.varlen.InvalidInputException;
import io.varlen.spark.Redaction;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.frame.FrameReader;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.PrunedFilteredScan;
import org.apache.spark.sql.types.StructType;

/** The rows that a job wrote, read through Spark's own reader of Parquet. Each scan sees the manifest of its moment. */
final class VarlenRelation extends BaseRelation implements PrunedFilteredScan {
    private final SQLContext context;
    private final String folder;
    private final StructType schema;
    private final long bytes;

    /** @throws InvalidInputException as {@link FrameReader#read} */
    VarlenRelation(SQLContext context, String folder) {
        this.context = context;
        JobOutput output = FrameReader.open(context.sparkSession(), folder);
        this.folder = output.folder();
        this.schema = FrameReader.read(context.sparkSession(), output).schema();
        this.bytes = output.bytes();
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
    public long sizeInBytes() {
        return bytes;
    }

    /** What {@link #buildScan} gives is in Spark's own form already. */
    @Override
    public boolean needConversion() {
        return false;
    }

    /** Filters only spare reading: Spark looks at every row again. */
    @Override
    public RDD<Row> buildScan(String[] columns, Filter[] filters) {
        Dataset<Row> rows = FrameReader.read(context.sparkSession(), folder);
        if (!rows.schema().equals(schema)) {
            throw new InvalidInputException(Redaction.text(folder)
                    + " has been replaced since it was loaded, by rows of other columns; load it again");
        }
        for (Filter filter : filters) {
            Column condition = PushedFilter.of(filter, schema);
            if (condition != null) {
                rows = rows.filter(condition);
            }
        }
        return ColumnScan.of(rows, columns);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VarlenRelation that && folder.equals(that.folder) && schema.equals(that.schema);
    }

    @Override
    public int hashCode() {
        return folder.hashCode();
    }

    @Override
    public String toString() {
        return "varlen " + Redaction.text(folder);
    }
}
