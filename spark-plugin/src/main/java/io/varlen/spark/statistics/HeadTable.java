package io.varlen.spark.statistics;

import io.varlen.attention.AttentionStatistic;
import io.varlen.spark.inference.ParquetRows;
import java.io.IOException;
import java.util.Locale;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * The output of {@code attend}: one row per layer and head.
 *
 * @param sums over all queries
 * @param leakage whether there is a value for it
 */
public record HeadTable(HeadSums sums, boolean leakage) {
    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message attention {
              required int32 layer;
              required int32 head;
              required int64 queries;
              optional double entropy;
              optional double mean_distance;
              optional double sink_mass;
              optional double window_mass;
              optional double max_logit;
              optional double leakage;
            }
            """);

    /** The column of a statistic. */
    public static String column(AttentionStatistic statistic) {
        return statistic.name().toLowerCase(Locale.ROOT);
    }

    /** Whether there are values of a statistic. */
    public boolean has(AttentionStatistic statistic) {
        return sums.queries() > 0 && (leakage || statistic != AttentionStatistic.LEAKAGE);
    }

    /** The mean over all queries of one head; null if there is none. */
    public Double mean(int layer, int head, AttentionStatistic statistic) {
        return has(statistic) ? Double.valueOf(sums.mean(layer, head, statistic)) : null;
    }

    /** The mean over all queries of all heads; null if there is none. */
    public Double mean(AttentionStatistic statistic) {
        return has(statistic) ? Double.valueOf(sums.mean(statistic)) : null;
    }

    /** {@code layers · heads}. */
    public long rows() {
        return (long) sums.layers() * sums.heads();
    }

    public void write(OutputFile file) throws IOException {
        try (ParquetWriter<int[]> writer = ParquetRows.writer(file, SCHEMA, this::columns)) {
            for (int layer = 0; layer < sums.layers(); layer++) {
                for (int head = 0; head < sums.heads(); head++) {
                    writer.write(new int[] {layer, head});
                }
            }
        }
    }

    private void columns(int[] layerAndHead, ParquetRows out) {
        out.add(layerAndHead[0]).add(layerAndHead[1]).add(sums.queries());
        for (AttentionStatistic statistic : AttentionStatistic.values()) {
            out.add(mean(layerAndHead[0], layerAndHead[1], statistic));
        }
    }
}
