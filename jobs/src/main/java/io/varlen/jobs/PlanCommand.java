package io.varlen.jobs;

import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.PlanJob;
import io.varlen.spark.job.PlanOptions;
import io.varlen.spark.job.PlanReport;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code varlen plan}. */
@Command(
        name = "plan",
        header = "Tell what packing a dataset in other ways would give.",
        customSynopsis = "varlen plan --input D --seq-len N[,N...] [options]",
        description = {
            "Compares row lengths and strategies by rows, padding, what would be lost or split, and the cost of attention,"
                    + " from the document lengths in a packed dataset's manifest: in milliseconds, and without reading a row."
                    + " bfd and ffd are planned as pack plans one group; a dataset of several has a part-filled row or so more for each."
                    + " The others depend on the order of documents and are run over a sample of 200,000."
        },
        footer = {
            "Examples:",
            "  varlen plan --input packed/ --seq-len 2048,8192,32768",
            "  varlen plan --input packed/ --seq-len 4096 --strategy bfd,wrapped,sequential --overflow truncate-tail"
        })
final class PlanCommand extends JobCommand {
    @Option(
            names = "--input",
            paramLabel = "D",
            required = true,
            description =
                    "The folder of a packed dataset, on any Hadoop file system; how it is packed is of no account")
    private String input;

    @Option(
            names = "--seq-len",
            paramLabel = "N[,N...]",
            required = true,
            split = ",",
            description = "Tokens per row; several numbers, separated by commas, are compared")
    private List<Integer> seqLens = new ArrayList<>();

    @Option(
            names = "--strategy",
            paramLabel = "NAME[,NAME...]",
            split = ",",
            defaultValue = "bfd",
            description =
                    "bfd, ffd, wrapped, sequential or random_fit, as for pack; several, separated by commas, are compared"
                            + " (default: ${DEFAULT-VALUE})")
    private List<PackingStrategy> strategies = new ArrayList<>();

    @Mixin
    private LimitArguments limits;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        List<PackingRules> candidates = new ArrayList<>();
        for (int seqLen : seqLens) {
            for (PackingStrategy strategy : strategies) {
                candidates.add(new PackingRules(strategy, limits.limits(seqLen), limits.overflow()));
            }
        }
        PlanReport report = new PlanJob(spark, new PlanOptions(input, candidates)).run();
        return Result.done(report.job(), PlanTable.of(report));
    }
}
