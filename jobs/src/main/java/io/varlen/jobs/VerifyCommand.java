package io.varlen.jobs;

import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.VerifyJob;
import io.varlen.spark.job.VerifyOptions;
import io.varlen.spark.job.VerifyReport;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen verify}. */
@Command(
        name = "verify",
        header = "Re-check every row of a packed dataset.",
        customSynopsis = "varlen verify --input D [options]",
        description = {
            "Checks the structure of every column, every checksum, that row ids are unique and that each document's"
                    + " chunks follow each other, and compares all sums and the digest with the manifest. Names the rows"
                    + " that are damaged and, where the structure is broken, the column.",
            "",
            "Exit status: 0 sound; 1 damaged, or it could not be checked; 2 not a packed dataset."
        },
        footer = {"Example:", "  varlen verify --input packed/"})
final class VerifyCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description = "The folder of a packed dataset, on any Hadoop file system")
    private String input;

    @Option(
            names = "--list",
            paramLabel = "N",
            defaultValue = "" + VerifyOptions.DEFAULT_LISTED,
            description = "How many findings to list; all are counted (default: ${DEFAULT-VALUE})")
    private int listed;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        VerifyReport report = new VerifyJob(spark, new VerifyOptions(input, listed), progress).run();
        String text = Reports.verify(report, input);
        return report.damaged() == 0
                ? Result.ofJob(report.job(), text)
                : new Result(Failure.FAILED, report.job(), text, true);
    }
}
