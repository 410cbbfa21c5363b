package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackingRules;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.CollectionAccumulator;
import scala.Tuple2;

/**
 * {@code verify}: re-checks every row of a packed dataset. Each part is read once, by one task, which checks its rows by
 * themselves; one shuffle of row ids and chunk numbers confirms what rows say of each other; the sums are compared with
 * the manifest's.
 */
public final class VerifyJob {
    private final JavaSparkContext spark;
    private final VerifyOptions options;
    private final JobProgress progress;

    public VerifyJob(SparkSession spark, VerifyOptions options, JobProgress progress) {
        this.spark = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.options = options;
        this.progress = progress;
    }

    /**
     * Runs the job.
     *
     * @throws InvalidInputException if the input is not a packed dataset
     */
    public VerifyReport run() {
        long began = System.nanoTime();
        PackedDataset dataset = PackedDataset.open(spark.hadoopConfiguration(), options.input());
        Manifest manifest = dataset.manifest();
        DatasetCheck check = new DatasetCheck(manifest, options.listed());
        check.checkTokenizer(dataset);
        List<String> parts = check.checkParts(spark.hadoopConfiguration(), options.input());

        CollectionAccumulator<PartSummary> summaries = spark.sc().collectionAccumulator();
        JavaRDD<RowFact> facts = facts(dataset, parts, summaries);
        int partitions = Math.max(spark.defaultParallelism(), parts.size());
        List<RowFactCheck.Outcome> outcomes = TaskProgress.during(
                spark,
                progress,
                "verify",
                parts.size() + partitions,
                "tasks",
                () -> check(facts, manifest, partitions));
        outcomes.forEach(check::add);
        // a part's summary comes once more for every time that its task is run again
        LinkedHashMap<String, PartSummary> byPart = new LinkedHashMap<>();
        summaries.value().forEach(summary -> byPart.put(summary.part, summary));
        byPart.values().forEach(check::add);
        check.checkTotals();
        check.checkListed(
                dataset.listed(spark, "empty"),
                dataset.listed(spark, "dropped"),
                dataset.listed(spark, "quarantine"),
                dataset.listed(spark, "removed"));
        return check.report((System.nanoTime() - began) / 1e9);
    }

    private JavaRDD<RowFact> facts(
            PackedDataset dataset, List<String> parts, CollectionAccumulator<PartSummary> summaries) {
        Manifest.PackingEntry packing = dataset.manifest().packing();
        PackingRules rules = packing.rules();
        int padId = packing.padId();
        boolean masked = packing.lossMask();
        int sources = packing.ledger().sources().size();
        List<DerivedColumn> derived =
                packing.emit().stream().map(DerivedColumn::ofName).toList();
        int kept = options.listed();
        Function<String, PackedDataset.Rows> reader = dataset.reader();
        return spark.parallelize(parts, Math.max(1, parts.size())).flatMap(part -> {
            StoredRowCheck check = new StoredRowCheck(rules, padId, masked, sources, derived);
            return scan(reader, part, check, new PartSummary(part, sources, kept), summaries::add);
        });
    }

    private static Iterator<RowFact> scan(
            Function<String, PackedDataset.Rows> reader,
            String part,
            StoredRowCheck check,
            PartSummary summary,
            Consumer<PartSummary> atEnd)
            throws Exception {
        try {
            return new PartScan(reader.call(part), check, summary, atEnd);
        } catch (InvalidInputException e) {
            summary.findings.add(new Finding(part, null, null, null, e.getMessage()));
            atEnd.accept(summary);
            return List.<RowFact>of().iterator();
        }
    }

    private List<RowFactCheck.Outcome> check(JavaRDD<RowFact> facts, Manifest manifest, int partitions) {
        PackingRules rules = manifest.packing().rules();
        int sources = manifest.packing().ledger().sources().size();
        int kept = options.listed();
        return facts.mapToPair(fact -> new Tuple2<>(fact, true))
                .repartitionAndSortWithinPartitions(new RowFact.Partitioning(partitions), new RowFact.Order())
                .keys()
                .mapPartitions(sorted -> List.of(new RowFactCheck(rules, sources, kept).check(sorted))
                        .iterator())
                .collect();
    }
}
