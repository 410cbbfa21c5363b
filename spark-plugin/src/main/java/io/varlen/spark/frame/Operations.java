package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.spark.job.JobProgress;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What {@link io.varlen.spark.Varlen} does, by job. */
public final class Operations {
    private Operations() {}

    /** Rows → the same rows with results behind them; for {@code tokenize}, {@code embed} and {@code score}. */
    public static Dataset<Row> ofRows(FrameJob job, Dataset<Row> rows, Map<String, String> given) {
        return switch (job) {
            case TOKENIZE -> FrameTokenizer.tokenize(rows, given);
            case EMBED -> FrameEmbedder.embed(rows, given);
            case SCORE -> FrameScorer.score(rows, given);
            case PACK, ATTEND, PLAN, VERIFY ->
                throw new IllegalArgumentException(job.optionName() + " makes other rows than it is given");
        };
    }

    /** Rows → the folder of their job → its rows. */
    public static Dataset<Row> ofFolder(
            FrameJob job, Dataset<Row> rows, Map<String, String> settings, JobProgress progress) {
        Map<String, String> given = new HashMap<>(settings);
        String output = given.remove("output");
        boolean overwrite = Boolean.parseBoolean(given.remove("overwrite"));
        boolean append = Boolean.parseBoolean(given.remove("append"));
        if (append && overwrite) {
            throw new InvalidInputException(
                    "append and overwrite are given; one adds to what is there, the other replaces it");
        }
        SparkSession session = rows.sparkSession();
        String folder = output == null ? ownFolder(session, job) : output;
        FrameJobs.Mode mode =
                append ? FrameJobs.Mode.APPEND : overwrite ? FrameJobs.Mode.OVERWRITE : FrameJobs.Mode.CREATE;
        new FrameJobs(session, job, given, progress).run(rows, folder, mode);
        return FrameReader.read(session, folder);
    }

    /** A folder that goes when the JVM ends. */
    private static String ownFolder(SparkSession session, FrameJob job) {
        if (!session.sparkContext().isLocal()) {
            throw new InvalidInputException(job.optionName() + " makes rows of all documents together, which have to be"
                    + " somewhere that all executors see: name a folder with output(…)");
        }
        return OwnFolders.create(session.sparkContext().getConf(), job.optionName());
    }
}
