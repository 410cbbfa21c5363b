package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.job.DocumentView;
import io.varlen.spark.job.InspectJob;
import io.varlen.spark.job.InspectOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.LocateJob;
import io.varlen.spark.job.LocateOptions;
import io.varlen.spark.job.RowView;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen inspect}. */
@Command(
        name = "inspect",
        header = "Show one row of a packed dataset, or where documents are in it.",
        customSynopsis = "varlen inspect --input D [--row ID | --doc ID...] [options]",
        description = {
            "Draws the row's boundaries and shows each segment with its document, where that came from, chunk, token range"
                    + " and decoded text. With --doc shows the rows that hold a document, piece by piece."
        },
        footer = {
            "Examples:",
            "  varlen inspect --input packed/ --row 17",
            "  varlen inspect --input packed/ --doc corpus/cats.txt --doc corpus/dogs.txt"
        })
final class InspectCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description = "The folder of a packed dataset, on any Hadoop file system")
    private String input;

    @Option(names = "--row", paramLabel = "ID", description = "The row's row_id (default: the first row)")
    private Long rowId;

    @Option(
            names = "--doc",
            paramLabel = "ID",
            description = "A document's doc_id: show where it is instead of a row; may be repeated")
    private List<String> docIds = List.of();

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        if (docIds.isEmpty()) {
            RowView row = new InspectJob(spark, new InspectOptions(input, rowId), progress).run();
            return Result.done(new JobReport("inspect", false, row.figures()), RowDrawing.of(row));
        }
        if (rowId != null) {
            throw new InvalidInputException(
                    "--row " + rowId + " and --doc " + docIds.get(0) + " are two questions; give one of them");
        }
        List<DocumentView> documents = new LocateJob(spark, new LocateOptions(input, docIds), progress).run();
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("documents", documents.stream().map(DocumentView::figures).toList());
        return Result.done(new JobReport("inspect", false, figures), DocumentDrawing.of(documents));
    }
}
