package io.varlen.jobs;

import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** One command: opens a Spark session, does its work with progress on standard error, and prints the result. */
abstract class JobCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common;

    @Spec
    private CommandSpec spec;

    /**
     * What a command has to tell.
     *
     * @param status the exit status
     * @param report what {@code --json} prints
     * @param text what is printed otherwise, ending in a line feed
     * @param job whether that is a job's report, which people are to see beside {@code --json}, too
     */
    record Result(int status, JobReport report, String text, boolean job) {
        static Result done(JobReport report, String text) {
            return new Result(Failure.DONE, report, text, false);
        }

        static Result ofJob(JobReport report, String text) {
            return new Result(Failure.DONE, report, text, true);
        }
    }

    /** Does the work. */
    abstract Result run(SparkSession spark, JobProgress progress);

    @Override
    public final Integer call() {
        QuietLogs.apply(common.verbose);
        Result result = run();
        PrintWriter out = spec.commandLine().getOut();
        if (common.json) {
            PrintWriter err = spec.commandLine().getErr();
            err.print(result.job() ? result.text() : "");
            err.flush();
            out.println(result.report().toJson());
        } else {
            out.print(result.text());
            out.flush();
        }
        return result.status();
    }

    private Result run() {
        SparkSession spark = common.openSession(spec.name());
        try (ConsoleProgress progress =
                ConsoleProgress.standard(spec.commandLine().getErr())) {
            return run(spark, progress);
        } catch (Error e) { // of which picocli would make a bare stack trace
            throw new ExecutionException(spec.commandLine(), e.toString(), e);
        } finally {
            spark.stop();
        }
    }
}
