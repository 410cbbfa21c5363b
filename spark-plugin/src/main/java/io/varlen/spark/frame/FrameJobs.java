package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.spark.Redaction;
import io.varlen.spark.dataset.InputFolder;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.DocumentSource;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.job.AppendJob;
import io.varlen.spark.job.AttendJob;
import io.varlen.spark.job.EmbedJob;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.PackJob;
import io.varlen.spark.job.ScoreJob;
import io.varlen.spark.statistics.HeadCharts;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a job whose documents are a DataFrame's, with the output and the life cycle that it has with files.
 *
 * <p>A job reads its input more than once, and a DataFrame may give other rows each time. So its documents are written once,
 * to {@code D/_varlen/input}, read from there and deleted in the end. The fingerprint has the hash of their content, so the
 * same rows again, in whatever order and partitions, are the same job.
 */
public final class FrameJobs {
    private static final Logger LOG = LoggerFactory.getLogger(FrameJobs.class);

    /** What becomes of an output that is there. */
    public enum Mode {
        /** The same job goes on, or has nothing to do; any other is an error. */
        CREATE,
        /** It is replaced, once the new one is complete. */
        OVERWRITE,
        /** The documents are added to it, in new rows; for {@code pack}. */
        APPEND
    }

    private final SparkSession session;
    private final FrameJob job;
    private final FrameOptions options;
    private final JobProgress progress;

    /**
     * @param given options by their names on the command line
     * @throws InvalidInputException for an option that there is not
     */
    public FrameJobs(SparkSession session, FrameJob job, Map<String, String> given, JobProgress progress) {
        this.session = session;
        this.job = job;
        this.options = new FrameOptions(new OptionValues(job, job.named(given, job.jobOptions())));
        this.progress = progress;
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @param output the folder of the result, on a file system that all executors see
     * @throws InvalidInputException if documents, options or output are not as they must be
     */
    public JobReport run(Dataset<Row> documents, String output, Mode mode) {
        if (documents.isStreaming()) {
            throw new InvalidInputException(job.optionName() + " needs all documents, and a stream never ends; write"
                    + " each batch by itself with writeStream.foreachBatch");
        }
        if (mode == Mode.APPEND && job != FrameJob.PACK) {
            throw new InvalidInputException("what " + job.optionName() + " wrote cannot be appended to, only a packed"
                    + " dataset can; write to another folder");
        }
        Configuration hadoop = session.sparkContext().hadoopConfiguration();
        DocumentColumns columns = options.columns();
        if (columns.kind() != DocumentColumns.Kind.TEXT && job != FrameJob.PACK) {
            throw new InvalidInputException(job.optionName() + " of a folder takes texts");
        }
        String idColumn = options.idColumn();
        Dataset<Row> selected = new DocumentTable(documents).select(columns, idColumn);
        try (InputFolder folder = InputFolder.of(hadoop, output)) {
            InputOptions files = new InputOptions(List.of(folder.path()), InputFormat.PARQUET, columns, idColumn);
            JobReport report;
            try {
                progress.stage("write input", 1, "DataFrames");
                selected.write().parquet(folder.path());
                String hash = DocumentSource.open(session, files).contentHash();
                folder.requireUndisturbed();
                progress.advance(1);
                report = run(files.ofDataFrame(hash), output, mode);
            } catch (Exception e) {
                folder.requireUndisturbed(); // else that is why
                throw e;
            }
            LOG.info("{} to {}: {}", job.optionName(), Redaction.text(output.toString()), report.toJson());
            return report;
        }
    }

    private JobReport run(InputOptions input, String output, Mode mode) {
        boolean overwrite = mode == Mode.OVERWRITE;
        return switch (job) {
            case PACK ->
                mode == Mode.APPEND
                        ? new AppendJob(session, options.pack(input, output, false), progress).runOrPack()
                        : new PackJob(session, options.pack(input, output, overwrite), progress).run();
            case EMBED -> new EmbedJob(session, options.embed(input, output, overwrite), progress).run();
            case SCORE -> new ScoreJob(session, options.score(input, output, overwrite), progress).run();
            case ATTEND ->
                new AttendJob(session, options.attend(input, output, overwrite), HeadCharts.NONE, progress).run();
            case TOKENIZE, PLAN, VERIFY -> throw new IllegalStateException(job.optionName() + " writes no folder");
        };
    }

    /** Whether a job has finished in the folder. */
    public static boolean isComplete(SparkSession session, String output) {
        return JobOutput.find(session.sparkContext().hadoopConfiguration(), output)
                .isPresent();
    }
}
