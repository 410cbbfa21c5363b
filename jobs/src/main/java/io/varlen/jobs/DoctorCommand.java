package io.varlen.jobs;

import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen doctor}. */
@Command(
        name = "doctor",
        header = "Tell what this machine or cluster will use, and why.",
        customSynopsis = "varlen doctor [options]",
        description = {
            "Starts Spark as the other commands do, opens the backend on every executor that answers, and tries the"
                    + " tokenizer libraries and the built-in model. The exit status is 1 if something that was asked for"
                    + " does not work: the backend, the dtype, the model, or the memory for it."
        },
        footer = {
            "Examples:",
            "  varlen doctor",
            "  varlen doctor --backend cuda --model /models/bge-base",
            "  varlen doctor --master spark://head:7077 --spark-home /opt/spark"
        })
final class DoctorCommand extends JobCommand {
    @Option(
            names = "--model",
            paramLabel = "M",
            description = "Tell also how much memory this model takes: a Hugging Face folder, or "
                    + ModelReference.BUILTIN + " (default: no model)")
    private String model;

    @Option(
            names = "--model-jar",
            paramLabel = "JAR",
            description = "Where the jar of the built-in model is (default: spark.varlen.model.jar, the class path, the"
                    + " local Maven repository)")
    private String modelJar;

    @Mixin
    private BackendArguments compute;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        Compute asked = compute.compute();
        ModelReference reference = model == null ? null : ModelReference.of(model, modelJar);
        Diagnosis diagnosis = Diagnosis.of(spark, asked, reference);
        JobReport report = new JobReport("doctor", false, diagnosis.figures());
        return new Result(diagnosis.isSound() ? Failure.DONE : Failure.FAILED, report, diagnosis.text(), false);
    }
}
