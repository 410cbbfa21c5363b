package io.varlen.jobs;

import io.varlen.jobs.report.ReportFigures;
import io.varlen.jobs.report.ReportPage;
import io.varlen.spark.Redaction;
import io.varlen.spark.dataset.PageFile;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.ReportJob;
import io.varlen.spark.job.ReportOptions;
import io.varlen.spark.profile.OutputProfile;
import java.util.LinkedHashMap;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen report}. */
@Command(
        name = "report",
        header = "Draw what a job wrote, as one HTML page.",
        customSynopsis = "varlen report --input D [--output F] [options]",
        description = {
            "For what pack, embed, score and attend wrote: key figures, histograms, packed rows, the ledger as a balance,"
                    + " sources, options, where the time went, heat maps. The page is one file without scripts that asks for"
                    + " nothing else; it can be read on a phone and in dark mode, and it can be sent on: paths are told by"
                    + " their last element."
        },
        footer = {
            "Examples:",
            "  varlen report --input packed/",
            "  varlen report --input hdfs:///embeddings --output embeddings.html"
        })
final class ReportCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description = "The output folder of pack, embed, score or attend, on any Hadoop file system")
    private String input;

    @Option(
            names = "--output",
            paramLabel = "F",
            description = "Where the page goes, on any Hadoop file system; an earlier page there is replaced (default:"
                    + " _varlen/report.html below the input, until that is changed)")
    private String output;

    @Option(names = "--overwrite", description = "Replace a file at that place also if it is not such a page")
    private boolean overwrite;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        long began = System.nanoTime();
        ReportJob job = new ReportJob(spark, new ReportOptions(input), progress);
        PageFile file = PageFile.open(
                spark.sparkContext().hadoopConfiguration(), job.output(), output, ReportPage.MARK, overwrite);
        OutputProfile profile = job.run();
        byte[] page = ReportPage.of(profile);
        boolean written = file.write(page);
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("page", Redaction.text(file.path()));
        figures.put("page_bytes", page.length);
        figures.putAll(ReportFigures.of(profile));
        figures.put("seconds", (System.nanoTime() - began) / 1e9);
        JobReport report = new JobReport("report", !written, figures);
        return Result.ofJob(report, Reports.report(report));
    }
}
