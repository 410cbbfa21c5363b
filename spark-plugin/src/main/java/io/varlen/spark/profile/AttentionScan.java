package io.varlen.spark.profile;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionStatistic;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.statistics.HeadTable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Reads statistics of attention, a small table. */
final class AttentionScan {
    private static final int MOST_HEADS = 1 << 16;

    private AttentionScan() {}

    static AttentionContent of(SparkSession session, JobOutput output) {
        StringBuilder columns = new StringBuilder("layer INT, head INT, queries BIGINT");
        for (AttentionStatistic statistic : AttentionStatistic.values()) {
            columns.append(", ").append(HeadTable.column(statistic)).append(" DOUBLE");
        }
        List<Row> rows = new PartRows(session, output)
                .select(StructType.fromDDL(columns.toString()))
                .orderBy("layer", "head")
                .takeAsList(MOST_HEADS + 1);
        int layers = rows.isEmpty() ? 0 : rows.get(rows.size() - 1).getInt(0) + 1;
        int heads = rows.isEmpty() ? 0 : rows.get(rows.size() - 1).getInt(1) + 1;
        if (rows.size() > MOST_HEADS || (long) layers * heads != rows.size()) {
            throw new InvalidInputException(output.folder() + " has " + rows.size()
                    + " rows or more, which are not one for each of up to " + MOST_HEADS + " heads");
        }
        Map<AttentionStatistic, double[][]> values = new EnumMap<>(AttentionStatistic.class);
        for (AttentionStatistic statistic : AttentionStatistic.values()) {
            int column = 3 + statistic.ordinal();
            if (rows.stream().anyMatch(row -> !row.isNullAt(column))) {
                values.put(statistic, values(rows, layers, heads, column));
            }
        }
        return new AttentionContent(rows.isEmpty() ? 0 : rows.get(0).getLong(2), values);
    }

    private static double[][] values(List<Row> rows, int layers, int heads, int column) {
        double[][] values = new double[layers][heads];
        for (int i = 0; i < rows.size(); i++) {
            values[i / heads][i % heads] =
                    rows.get(i).isNullAt(column) ? Double.NaN : rows.get(i).getDouble(column);
        }
        return values;
    }
}
