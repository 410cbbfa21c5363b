package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.dataset.PartReader;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The rows of a folder that {@code pack}, {@code embed}, {@code score} or {@code attend} wrote. */
public final class FrameReader {
    private static final List<String> COMMANDS = List.of("pack", "embed", "score", "attend");

    private FrameReader() {}

    /**
     * Exactly the files that the manifest names.
     *
     * @throws InvalidInputException if there is no manifest, a file that it names is missing or cut short, or the folder is
     *     the output of a job that writes no rows
     */
    public static Dataset<Row> read(SparkSession session, String folder) {
        return read(session, open(session, folder));
    }

    /** As {@link #read(SparkSession, String)}, in two steps. */
    public static JobOutput open(SparkSession session, String folder) {
        JobOutput output = JobOutput.open(session.sparkContext().hadoopConfiguration(), folder);
        String command = output.manifest().fingerprint().command();
        if (!COMMANDS.contains(command)) {
            throw new InvalidInputException(folder + " is the output of " + command + ", whose files are not rows;"
                    + " read what pack, embed, score or attend wrote");
        }
        return output.requireIntact();
    }

    /** As {@link #read(SparkSession, String)}, in two steps. */
    public static Dataset<Row> read(SparkSession session, JobOutput output) {
        return PartReader.read(session, output.partPaths());
    }
}
