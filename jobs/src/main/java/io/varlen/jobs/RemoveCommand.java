package io.varlen.jobs;

import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.MissingIds;
import io.varlen.spark.job.RemoveJob;
import io.varlen.spark.job.RemoveOptions;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen remove}. */
@Command(
        name = "remove",
        header = "Take documents out of a packed dataset, in its place.",
        customSynopsis = "varlen remove --input D --doc-ids F [options]",
        description = {
            "Writes only those files anew that hold a named document, and changes only those rows in them; shows, by reading"
                    + " old and new side by side, that exactly the named documents are gone; then replaces the manifest. A run"
                    + " that is killed leaves the old dataset or the new one, and the same command again completes it.",
            "",
            "What was removed is listed in _varlen/removed and counted by verify."
        },
        footer = {"Example:", "  varlen remove --input packed/ --doc-ids withdrawn.txt"})
final class RemoveCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description = "The folder of a packed dataset, on any Hadoop file system; it is changed")
    private String input;

    @Option(
            names = "--doc-ids",
            paramLabel = "F",
            required = true,
            description =
                    "A text file on any Hadoop file system, UTF-8, with one doc_id per line; blank lines are passed over")
    private String docIds;

    @Option(
            names = "--missing",
            paramLabel = "HOW",
            defaultValue = "fail",
            description =
                    "What becomes of ids that the dataset knows nothing of: fail (nothing is removed, and the first one"
                            + " is named) or ignore (they are counted) (default: ${DEFAULT-VALUE})")
    private MissingIds missing;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        JobReport report = new RemoveJob(spark, new RemoveOptions(input, docIds, missing), progress).run();
        return Result.ofJob(report, Reports.remove(report, input));
    }
}
