package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.profile.OutputProfile;
import io.varlen.spark.profile.OutputProfiles;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** {@code report}: what the output of a job looks like as a whole. */
public final class ReportJob {
    private final SparkSession session;
    private final JobOutput output;
    private final JobProgress progress;

    /**
     * Reads the manifest.
     *
     * @throws InvalidInputException if the input is not the output of a job, or a part of it is missing or cut short
     */
    public ReportJob(SparkSession session, ReportOptions options, JobProgress progress) {
        this.session = session;
        this.output = JobOutput.open(session.sparkContext().hadoopConfiguration(), options.input())
                .requireIntact();
        this.progress = progress;
    }

    /** What is looked at. */
    public JobOutput output() {
        return output;
    }

    /**
     * Runs the job.
     *
     * @throws InvalidInputException as {@link OutputProfiles#read}
     */
    public OutputProfile run() {
        try {
            return TaskProgress.during(
                    JavaSparkContext.fromSparkContext(session.sparkContext()),
                    progress,
                    "report",
                    output.partPaths().size(),
                    "parts",
                    () -> OutputProfiles.read(session, output));
        } catch (Exception e) { // Spark's own is checked, but undeclared
            throw TaskFailure.of(e);
        }
    }
}
