package io.varlen.spark.python;

import io.varlen.spark.frame.FrameJob;
import io.varlen.spark.frame.FrameReports;
import io.varlen.spark.frame.LogProgress;
import io.varlen.spark.frame.Operations;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** {@link io.varlen.spark.Varlen} for a caller whose options are text, by their names on the command line. */
public final class PythonDoor {
    private PythonDoor() {}

    /**
     * Rows with results behind them, lazily.
     *
     * @param job {@code tokenize}, {@code embed} or {@code score}
     * @throws io.varlen.InvalidInputException if columns, model or options are not as they must be
     */
    public static Dataset<Row> ofRows(String job, Dataset<Row> rows, Map<String, String> options) {
        return Operations.ofRows(named(job), rows, options);
    }

    /**
     * Runs a job now and gives the rows that it wrote.
     *
     * @param job {@code pack}, {@code embed}, {@code score} or {@code attend}
     * @param options those of the job, {@code output}, and the flags {@code overwrite} and {@code append}
     * @param board shows how far the job is; null where Spark's own progress, on the terminal, is seen
     * @throws io.varlen.InvalidInputException if documents, options or output are not as they must be
     */
    public static Dataset<Row> ofFolder(
            String job, Dataset<Row> rows, Map<String, String> options, ProgressBoard board) {
        return Operations.ofFolder(named(job), rows, options, board == null ? new LogProgress() : board);
    }

    /**
     * What packing the documents would give, a row for each way.
     *
     * @throws io.varlen.InvalidInputException as {@link FrameReports#plan(Dataset, Map)}
     */
    public static Dataset<Row> plan(Dataset<Row> rows, Map<String, String> options) {
        return rows.sparkSession().createDataFrame(FrameReports.plan(rows, options), FrameReports.PLAN);
    }

    private static FrameJob named(String job) {
        return FrameJob.valueOf(job.toUpperCase(Locale.ROOT));
    }
}
