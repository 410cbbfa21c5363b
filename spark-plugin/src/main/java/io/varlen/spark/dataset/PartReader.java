package io.varlen.spark.dataset;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The parts that a manifest names, through Spark's own reader of Parquet. */
public final class PartReader {
    private PartReader() {}

    /**
     * Exactly these files, whatever characters are in their names, and every one of them, whatever the session says of files
     * that are missing or damaged.
     *
     * @param paths as {@link JobOutput#partPaths} and {@link PackedDataset#partPaths} give them
     */
    public static Dataset<Row> read(SparkSession session, List<String> paths) {
        return session.read()
                .option("__globPaths__", "false") // Spark's own name for it; else a folder a[1] is looked for as a1
                .option("ignoreMissingFiles", "false")
                .option("ignoreCorruptFiles", "false")
                .parquet(paths.toArray(String[]::new));
    }
}
