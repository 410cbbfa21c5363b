package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.job.JobProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen quickstart}. */
@Command(
        name = "quickstart",
        header = "See all of it at work, on the text of this checkout.",
        customSynopsis = "varlen quickstart [--input P] [--question TEXT]... [options]",
        description = {
            "Takes up to 150,000 tokens of text in path order, packs its paragraphs, verifies the rows, embeds every"
                    + " document with the built-in model, and answers three questions by semantic search."
        },
        footer = {
            "Examples:",
            "  varlen quickstart",
            "  varlen quickstart --input ~/notes --question 'What did we decide about backups?'"
        })
final class QuickstartCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "P",
            description = "A local file, or a folder with text files in it (default: the checkout)")
    private Path input;

    @Option(
            names = "--question",
            paramLabel = "TEXT",
            description = "A question to answer from the text; may be repeated (default: three about this project, or"
                    + " with --input three sentences of the text itself)")
    private List<String> questions = List.of();

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        String checkout = System.getenv("VARLEN_CHECKOUT"); // told by the launcher
        if (input == null && checkout == null) {
            throw new InvalidInputException(
                    "there is no checkout whose text could be used; give --input FOLDER, or start"
                            + " jobs/bin/varlen of a checkout");
        }
        if (questions.stream().anyMatch(String::isBlank)) {
            throw new InvalidInputException("--question is blank; write a question behind it");
        }
        Path text = input == null ? Path.of(checkout) : input;
        List<String> asked = questions.isEmpty() && input == null ? Quickstart.QUESTIONS : questions;
        Quickstart quickstart = new Quickstart(spark, text, workFolder(checkout), asked, progress);
        QuickstartReport report = quickstart.run();
        int status = report.verify().damaged() == 0 ? Failure.DONE : Failure.FAILED;
        return new Result(status, report.report(), report.toString(), true);
    }

    private static Path workFolder(String checkout) {
        try {
            return checkout == null
                    ? Files.createTempDirectory("varlen-quickstart")
                    : Path.of(checkout, "jobs", "target", "quickstart");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
