package io.varlen.jobs;

import io.varlen.spark.export.ExportFormat;
import io.varlen.spark.job.ExportJob;
import io.varlen.spark.job.ExportOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen export}. */
@Command(
        name = "export",
        header = "Write a packed dataset in another trainer's format.",
        customSynopsis = "varlen export --input D --format F --output D [options]",
        description = {
            "Takes a packed dataset and writes its tokens and boundaries as files that other trainers read, each part by"
                    + " one task. Rows are checked against their checksums on the way."
        },
        footer = {
            "Examples:",
            "  varlen export --input packed/ --format trl --output for-trl/",
            "  varlen export --input hdfs:///packed --format mds --output s3a://bucket/shards"
        })
final class ExportCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description = "The folder of a packed dataset, on any Hadoop file system")
    private String input;

    @Option(
            names = "--format",
            paramLabel = "F",
            required = true,
            description =
                    "What to write: trl, mds (MosaicML streaming), megatron (.bin and .idx), jsonl, megatron-bridge"
                            + " (packed Parquet), datatrove (.ds) or dolma (.npy, also for OLMo-core)")
    private ExportFormat format;

    @Mixin
    private OutputArguments output;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        ExportOptions options = new ExportOptions(input, format, output.folder, output.overwrite);
        JobReport report = new ExportJob(spark, options, progress).run();
        return Result.ofJob(report, Reports.export(report, output.folder));
    }
}
