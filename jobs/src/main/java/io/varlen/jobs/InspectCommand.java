package io.varlen.jobs;

import io.varlen.spark.job.InspectJob;
import io.varlen.spark.job.InspectOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.RowView;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen inspect}. */
@Command(
        name = "inspect",
        header = "Show one row of a packed dataset.",
        customSynopsis = "varlen inspect --input D [--row ID] [options]",
        description = {
            "Draws the row's boundaries and shows each segment with its document, chunk, token range and decoded text."
        },
        footer = {"Example:", "  varlen inspect --input packed/ --row 17"})
final class InspectCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description = "The folder of a packed dataset, on any Hadoop file system")
    private String input;

    @Option(names = "--row", paramLabel = "ID", description = "The row's row_id (default: the first row)")
    private Long rowId;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        RowView row = new InspectJob(spark, new InspectOptions(input, rowId), progress).run();
        return Result.done(new JobReport("inspect", false, row.figures()), RowDrawing.of(row));
    }
}
