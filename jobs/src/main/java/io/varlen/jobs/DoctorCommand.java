package io.varlen.jobs;

import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import java.util.LinkedHashMap;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code varlen doctor}. */
@Command(
        name = "doctor",
        header = "Tell what this machine or cluster will use, and why.",
        customSynopsis = "varlen doctor [options]",
        description = {
            "Starts Spark as the other commands do, opens the backend on every executor that answers, and tries the"
                    + " tokenizer libraries and the built-in model."
        },
        footer = {"Examples:", "  varlen doctor", "  varlen doctor --master spark://head:7077 --spark-home /opt/spark"})
final class DoctorCommand extends JobCommand {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "The backend to try: auto, cpu or cuda (default: spark.varlen.backend, else auto)")
    private String backend;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        LinkedHashMap<String, Object> figures = new Diagnosis(spark, backend).figures();
        return Result.done(new JobReport("doctor", false, figures), Diagnosis.text(figures));
    }
}
