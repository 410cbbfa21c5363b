package io.varlen.spark.profile;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.dataset.PartReader;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The rows of an output, summed up where they are. */
final class PartRows {
    private final SparkSession session;
    private final JobOutput output;

    PartRows(SparkSession session, JobOutput output) {
        this.session = session;
        this.output = output;
    }

    /** Sums of rows, which can be put together in any order. */
    interface Sums<T> extends Serializable {
        void add(Row row);

        T merge(T other);
    }

    /** Makes the sums of no row. */
    interface Empty<T> extends Serializable {
        T sums();
    }

    /**
     * Some columns of all rows.
     *
     * @param schema what they must be called and, but for whether they are nullable, be like
     * @throws InvalidInputException if they are not
     */
    Dataset<Row> select(StructType schema) {
        if (output.partPaths().isEmpty()) {
            return session.createDataFrame(List.of(), schema);
        }
        Dataset<Row> rows = PartReader.read(session, output.partPaths());
        for (String name : schema.fieldNames()) {
            String wanted = schema.apply(name).dataType().catalogString();
            int field = List.of(rows.columns()).indexOf(name);
            String found = field < 0
                    ? "missing"
                    : rows.schema().fields()[field].dataType().catalogString();
            if (!found.equals(wanted)) {
                throw new InvalidInputException("the column " + name + " of " + output.folder() + " is " + found + "; "
                        + output.manifest().fingerprint().command() + " writes it as " + wanted);
            }
        }
        return rows.selectExpr(schema.fieldNames());
    }

    /** One pass over some columns of all rows. */
    <T extends Sums<T>> T sum(StructType schema, Empty<T> empty) {
        return sum(select(schema), empty);
    }

    private static <T extends Sums<T>> T sum(Dataset<Row> rows, Empty<T> empty) {
        FlatMapFunction<Iterator<Row>, T> sumUp = partition -> {
            T sums = empty.sums();
            partition.forEachRemaining(sums::add);
            return List.of(sums).iterator();
        };
        return rows.toJavaRDD().mapPartitions(sumUp).treeAggregate(empty.sums(), T::merge, T::merge);
    }
}
