package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.Digest;
import io.varlen.packing.GroupHash;
import io.varlen.spark.Lineage;
import io.varlen.spark.dataset.DatasetChange;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.ListedDocument;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.internal.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * {@code pack --append}: packs documents into new rows behind those of a packed dataset. No row and no file that is there is
 * touched; the new documents are packed like a dataset of their own, whose files then move into the folder, and the manifest
 * that names them all replaces the old one at once.
 */
public final class AppendJob {
    private final SparkSession session;
    private final JavaSparkContext spark;
    private final PackOptions options;
    private final JobProgress progress;
    private final TokenizerProvider tokenizers;
    private final LongBinaryOperator groupCount;

    /** @param options with the dataset as output; how it was packed must be how these pack */
    public AppendJob(SparkSession session, PackOptions options, JobProgress progress) {
        this(session, options, progress, TokenizerProvider.ENGINE, GroupHash::groupCount);
    }

    AppendJob(
            SparkSession session,
            PackOptions options,
            JobProgress progress,
            TokenizerProvider tokenizers,
            LongBinaryOperator groupCount) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.options = options;
        this.progress = progress;
        this.tokenizers = tokenizers;
        this.groupCount = groupCount;
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if the output is no packed dataset, was packed in another way, or has documents of the
     *     same ids, or if the input is not as it must be
     */
    public JobReport run() {
        long started = System.nanoTime();
        DatasetChange change = DatasetChange.open(spark.hadoopConfiguration(), options.output());
        Manifest manifest = change.dataset().manifest();
        requireSameTokenizer(manifest.tokenizer());
        change.tidy();
        String fingerprint = job(options, PackJob.Base.NOTHING).fingerprint().hex();
        if (manifest.allAppends().stream()
                .anyMatch(append -> append.fingerprint().hex().equals(fingerprint))) {
            change.tidyAppends(null);
            return new JobReport("pack", true, new LinkedHashMap<>(manifest.figures()));
        }
        PackJob.Base base = new PackJob.Base(
                manifest.packing().nextRowId(), manifest.packing().sources().size());
        String folder = change.appendFolder(Json.line(List.of(fingerprint, base.firstRowId(), base.firstSource())));
        change.tidyAppends(folder);
        PackJob job = job(options.into(folder), base);
        requireSamePacking(manifest.packing(), job.entry());
        job.run();
        PackedDataset added = PackedDataset.open(spark.hadoopConfiguration(), folder);
        try {
            requireNewDocuments(change.dataset(), added);
        } catch (InvalidInputException e) {
            change.tidyAppends(null);
            throw e;
        }
        progress.stage("commit", 1, "datasets");
        LinkedHashMap<String, Object> figures = figures(manifest, added.manifest(), started);
        change.append(added, figures);
        progress.advance(1);
        return new JobReport("pack", false, figures);
    }

    /**
     * As {@link #run}, for documents that come in batches, each of which may come again: where there is no dataset this begins
     * one, and the batch that began it is done.
     */
    public JobReport runOrPack() {
        Optional<JobOutput> there = JobOutput.find(spark.hadoopConfiguration(), options.output());
        PackJob first = job(options, PackJob.Base.NOTHING);
        if (there.isEmpty()) {
            return first.run();
        }
        Manifest manifest = there.get().manifest();
        return manifest.fingerprint().hex().equals(first.fingerprint().hex())
                ? new JobReport("pack", true, new LinkedHashMap<>(manifest.figures()))
                : run();
    }

    private PackJob job(PackOptions what, PackJob.Base base) {
        return new PackJob(session, what, progress, tokenizers, groupCount, base);
    }

    private void requireSameTokenizer(Manifest.TokenizerEntry packed) {
        if (!packed.sha256().equals(options.tokenizer().sha256())) {
            throw new InvalidInputException("--output " + options.output() + " was packed with the tokenizer "
                    + packed.name() + " (SHA-256 " + packed.sha256() + "), this is another ("
                    + options.tokenizer().sha256() + "); append with that one");
        }
    }

    private void requireSamePacking(Manifest.PackingEntry there, Manifest.PackingEntry here) {
        List<String> differences = there.differences(here);
        if (!differences.isEmpty()) {
            throw new InvalidInputException("--output " + options.output() + " was packed in another way: "
                    + String.join(", ", differences) + "; append in the same way, or pack into another folder");
        }
    }

    private void requireNewDocuments(PackedDataset dataset, PackedDataset added) {
        JavaRDD<String> repeated = ids(dataset).intersection(ids(added)).cache();
        try {
            TaskProgress.during(spark, progress, "compare ids", repeated.getNumPartitions(), "tasks", () -> {
                List<String> first = repeated.takeOrdered(1);
                if (!first.isEmpty()) {
                    long more = repeated.count() - 1;
                    throw new InvalidInputException("document " + first.get(0)
                            + (more == 0 ? "" : " and " + more + " more of the input")
                            + " is in " + options.output()
                            + " already; nothing was appended: leave out what is there, or"
                            + " give other ids");
                }
                return null;
            });
        } finally {
            repeated.unpersist();
        }
    }

    /** Of all documents that a dataset has, in rows or in lists. */
    private JavaRDD<String> ids(PackedDataset dataset) {
        JavaRDD<String> inRows = Lineage.of(session, dataset)
                .filter("chunk = 0")
                .select("doc_id")
                .toJavaRDD()
                .map(row -> row.getString(0));
        JavaRDD<String> listed = dataset.listedDocuments(spark, "empty")
                .union(dataset.listedDocuments(spark, "dropped"))
                .map(ListedDocument::docId);
        JavaRDD<String> removed = dataset.listedDocuments(spark, "removed").map(ListedDocument::docId);
        return inRows.union(dataset.manifest().allRemovals().isEmpty() ? listed : listed.subtract(removed));
    }

    private static LinkedHashMap<String, Object> figures(Manifest manifest, Manifest added, long started) {
        Manifest.PackingEntry all = manifest.packing().and(added.packing());
        PackSummary summary = new PackSummary(
                all.rows(),
                null,
                all.lengths().toHistogram(),
                Digest.ofHex(all.digest()),
                all.ledger().requireBalanced());
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>(manifest.figures());
        figures.putAll(summary.figures(all.rules().limits()));
        Ledger.Entry more = added.packing().ledger().total();
        double seconds = (System.nanoTime() - started) / 1e9;
        figures.put("appended_documents", more.documents());
        figures.put("appended_rows", added.packing().rows());
        WorkFigures.NAMES.forEach(name -> figures.put(name, added.figures().get(name)));
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", more.packedTokens() / seconds);
        return figures;
    }
}
