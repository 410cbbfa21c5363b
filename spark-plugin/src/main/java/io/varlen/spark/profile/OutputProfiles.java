package io.varlen.spark.profile;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.profile.OutputProfile.Reason;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Reads what outputs are like: sums are made on executors, and what comes to the driver does not grow with the rows. */
public final class OutputProfiles {
    /** Rows of a packed dataset that are shown. */
    public static final int SAMPLED_ROWS = 24;

    /** Documents that are told by name. */
    public static final int NAMED_DOCUMENTS = 5;

    /** Reasons of bad records that are told. */
    public static final int REASONS = 10;

    private static final int REASON_LENGTH = 200;

    private OutputProfiles() {}

    /**
     * Reads all rows of an output.
     *
     * @throws InvalidInputException if it is of a job that writes no rows, or its rows are not those of that job
     */
    public static OutputProfile read(SparkSession session, JobOutput output) {
        OutputContent content = content(session, output);
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        return new OutputProfile(output.name(), output.manifest(), reasons(spark, output), content);
    }

    private static OutputContent content(SparkSession session, JobOutput output) {
        String command = output.manifest().fingerprint().command();
        switch (String.valueOf(command)) {
            case "pack":
                if (output.manifest().packing() == null) {
                    throw new InvalidInputException(
                            output.folder() + " is no packed dataset: its manifest has no packing");
                }
                return PackedScan.of(session, output, SAMPLED_ROWS);
            case "embed":
                return EmbeddingScan.of(session, output, NAMED_DOCUMENTS);
            case "score":
                return ScoreScan.of(session, output, NAMED_DOCUMENTS);
            case "attend":
                return AttentionScan.of(session, output);
            default:
                throw new InvalidInputException(output.folder() + " is the output of " + command
                        + "; report is about what pack, embed, score or attend wrote");
        }
    }

    private static List<Reason> reasons(JavaSparkContext spark, JobOutput output) {
        return output.quarantineReasons(spark)
                .mapToPair(reason -> new Tuple2<>(start(reason), 1L))
                .reduceByKey(Long::sum)
                .map(reason -> new Reason(reason._1(), reason._2()))
                .takeOrdered(REASONS);
    }

    private static String start(String reason) {
        return reason.length() <= REASON_LENGTH
                ? reason
                : reason.substring(0, reason.offsetByCodePoints(0, reason.codePointCount(0, REASON_LENGTH))) + "…";
    }
}
