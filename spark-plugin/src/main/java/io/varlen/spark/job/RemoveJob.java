package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.spark.dataset.DatasetChange;
import io.varlen.spark.dataset.DatasetChange.NewPart;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.Json;
import io.varlen.spark.job.NamedDocument.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * {@code remove}: takes documents out of a packed dataset, in its place.
 *
 * <p>One pass over the segments finds the parts that hold them. Only these are written anew, one task each, under new
 * names, and read again beside the old ones, which shows that exactly those documents are gone; then the manifest is
 * replaced. A run that is killed leaves the old dataset or the new one to readers, and the next run clears up.
 *
 * <p>What is removed is told by what the dataset holds, not by what was run: ids that were removed before count as done,
 * and a run that finds nothing else to do changes nothing.
 */
public final class RemoveJob {
    static final String COMMAND = "remove";

    /** How many removed documents one list holds, about. */
    private static final int LIST_LENGTH = 1_000_000;

    private final SparkSession session;
    private final JavaSparkContext spark;
    private final RemoveOptions options;
    private final JobProgress progress;

    public RemoveJob(SparkSession session, RemoveOptions options, JobProgress progress) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.options = options;
        this.progress = progress;
    }

    /**
     * Runs the job.
     *
     * @throws InvalidInputException if the input is not a packed dataset or is damaged where it would be changed, the list
     *     of ids cannot be used, or names documents that the dataset knows nothing of; nothing is changed then
     */
    public JobReport run() {
        long began = System.nanoTime();
        DatasetChange change = DatasetChange.open(spark.hadoopConfiguration(), options.input());
        JavaPairRDD<String, Long> ids =
                DocumentIdList.read(session, options.docIds()).persist(StorageLevel.MEMORY_AND_DISK());
        JavaRDD<NamedDocument> named = null;
        try {
            long count = ids.count();
            named = new NamedDocuments(session, change.dataset())
                    .find(ids.keys(), count)
                    .persist(StorageLevel.MEMORY_AND_DISK());
            Selection selection = select(named, change.dataset().manifest());
            if (selection.count(State.MISSING) > 0 && options.missing() == MissingIds.FAIL) {
                throw missing(named, ids, selection.count(State.MISSING));
            }
            change.tidy();
            Outcome outcome = selection.removed() == 0
                    ? Outcome.nothing(change.dataset().manifest())
                    : remove(change, named, selection);
            double seconds = (System.nanoTime() - began) / 1e9;
            LinkedHashMap<String, Object> figures = figures(count, selection, outcome, outcome.manifest(), seconds);
            return new JobReport(COMMAND, selection.removed() == 0, figures);
        } finally {
            ids.unpersist();
            if (named != null) {
                named.unpersist();
            }
        }
    }

    /** What was written. */
    private record Outcome(Manifest manifest, List<RewrittenPart> parts) {
        static Outcome nothing(Manifest manifest) {
            return new Outcome(manifest, List.of());
        }

        long changedRows() {
            return parts.stream().mapToLong(RewrittenPart::changedRows).sum();
        }

        long goneRows() {
            return parts.stream().mapToLong(RewrittenPart::goneRows).sum();
        }
    }

    private Selection select(JavaRDD<NamedDocument> named, Manifest manifest) {
        Selection none = new Selection(manifest.packing().ledger().sources().size());
        return during(
                "find",
                manifest.parts().size() + named.getNumPartitions(),
                "tasks",
                () -> named.aggregate(none, Selection::add, Selection::merge));
    }

    private InvalidInputException missing(JavaRDD<NamedDocument> named, JavaPairRDD<String, Long> ids, long count) {
        Tuple2<Long, String> first = named.filter(document -> document.state() == State.MISSING)
                .mapToPair(document -> new Tuple2<>(document.docId(), true))
                .join(ids)
                .map(missing -> new Tuple2<>(missing._2()._2(), missing._1()))
                .reduce((a, b) -> a._1() <= b._1() ? a : b);
        return new InvalidInputException("--doc-ids " + options.docIds() + " names "
                + (count == 1 ? "a document that is" : count + " documents that are") + " not in " + options.input()
                + (count == 1 ? "" : ", the first one") + ": '" + first._2() + "' at byte " + first._1()
                + "; nothing was removed: take such ids off the list, or --missing ignore passes over them");
    }

    private Outcome remove(DatasetChange change, JavaRDD<NamedDocument> named, Selection selection) {
        PackedDataset dataset = change.dataset();
        Manifest manifest = dataset.manifest();
        Staging staging = change.begin(Json.line(List.of(
                COMMAND, manifest.packing().digest(), manifest.allRemovals().size(), selection.identity())));
        GroupPartitioner affected = new GroupPartitioner(selection.parts());
        JavaPairRDD<Integer, String> idsByPart = named.flatMapToPair(document -> Arrays.stream(document.parts())
                        .mapToObj(part -> new Tuple2<>(part, document.docId()))
                        .iterator())
                .partitionBy(affected);
        PartChange parts = new PartChange(affected, dataset);
        List<RewrittenPart> rewritten = List.of();
        Ledger ledger = manifest.packing().ledger().plus(selection.change()).requireBalanced();
        if (affected.numPartitions() > 0) {
            rewritten = rewrite(idsByPart, parts, staging);
            prove(idsByPart, parts, change, rewritten, selection);
        }
        List<String> lists = list(named, selection, staging, manifest.parts().size());
        return commit(change, selection, rewritten, lists, ledger);
    }

    private List<RewrittenPart> rewrite(JavaPairRDD<Integer, String> idsByPart, PartChange parts, Staging staging) {
        RewritePartTask task =
                new RewritePartTask(parts, staging, new HadoopConfiguration(spark.hadoopConfiguration()));
        return during(
                "rewrite",
                idsByPart.getNumPartitions(),
                "parts",
                () -> idsByPart.mapPartitionsWithIndex(task, false).collect());
    }

    /** @throws IllegalStateException unless exactly the documents that were named are gone */
    private void prove(
            JavaPairRDD<Integer, String> idsByPart,
            PartChange parts,
            DatasetChange change,
            List<RewrittenPart> rewritten,
            Selection selection) {
        Map<Integer, RewrittenPart> byPart = new HashMap<>();
        Map<Integer, String> stagedNames = new HashMap<>();
        for (RewrittenPart part : rewritten) {
            byPart.put(part.part(), part);
            stagedNames.put(part.part(), part.stagedName());
        }
        ProvePartTask task = new ProvePartTask(parts, stagedNames, change.stagedReader());
        List<ProvePartTask.Proof> proofs = during(
                "prove",
                idsByPart.getNumPartitions(),
                "parts",
                () -> idsByPart.mapPartitionsWithIndex(task, false).collect());
        long[] tokens = new long[parts.sources()];
        for (ProvePartTask.Proof proof : proofs) {
            RewrittenPart part = byPart.get(proof.part());
            Digest changed = new Digest().merge(part.after()).subtract(part.before());
            Digest all = new Digest().merge(proof.after()).subtract(proof.before());
            if (part.rows() != proof.rows()
                    || !part.removedLengths().equals(proof.removedLengths())
                    || !changed.equals(all)) {
                throw new IllegalStateException("the new " + parts.file(proof.part())
                        + " does not hold what was written to it; nothing was removed");
            }
            for (int source = 0; source < tokens.length; source++) {
                tokens[source] += proof.removedTokens()[source];
            }
        }
        if (proofs.size() != rewritten.size() || !Arrays.equals(tokens, selection.tokensInRows())) {
            throw new IllegalStateException("tokens " + Arrays.toString(selection.tokensInRows())
                    + " by source were to be removed, gone were " + Arrays.toString(tokens) + "; nothing was removed");
        }
    }

    private List<String> list(JavaRDD<NamedDocument> named, Selection selection, Staging staging, int firstUnit) {
        int lists = Math.toIntExact(1 + selection.removed() / LIST_LENGTH);
        RemovedListTask task = new RemovedListTask(staging, firstUnit);
        return during(
                "list",
                lists,
                "lists",
                () -> named.filter(NamedDocument::isThere)
                        .mapToPair(document -> new Tuple2<>(document.docId(), Json.line(document.toListed())))
                        .repartitionAndSortWithinPartitions(new HashPartitioner(lists))
                        .mapPartitionsWithIndex(task, false)
                        .collect());
    }

    private Outcome commit(
            DatasetChange change,
            Selection selection,
            List<RewrittenPart> rewritten,
            List<String> lists,
            Ledger ledger) {
        progress.stage("commit", 1, "datasets");
        Manifest old = change.dataset().manifest();
        Digest digest = Digest.ofHex(old.packing().digest());
        LengthHistogram removed = new LengthHistogram();
        long rows = old.packing().rows();
        Map<Integer, NewPart> parts = new HashMap<>();
        for (RewrittenPart part : rewritten) {
            digest.subtract(part.before()).merge(part.after());
            removed.merge(part.removedLengths());
            rows -= part.goneRows();
            parts.put(part.part(), part.toNewPart());
        }
        PackSummary left = new PackSummary(
                rows,
                documentsLeft(old.packing(), selection),
                without(old.packing().lengths().toHistogram(), removed),
                digest,
                ledger);
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>(old.figures());
        figures.putAll(left.figures(old.packing().rules().limits()));
        figures.put("removed_documents", ledger.total().removedDocuments());
        figures.put("removed_tokens", ledger.total().removedTokens());
        Ledger.Entry removal = selection.change().total();
        Manifest next = change.commit(parts, lists, figures, (all, listed) -> {
            List<Manifest.Removal> removals = new ArrayList<>(old.allRemovals());
            removals.add(new Manifest.Removal(
                    listed,
                    selection.removed(),
                    selection.count(State.EMPTY),
                    selection.count(State.DROPPED),
                    removal.removedTokens()));
            return new Manifest(
                    old.format(),
                    old.fingerprint(),
                    all,
                    old.tokenizer(),
                    old.packing()
                            .left(
                                    left.rows(),
                                    left.documents() == null ? null : Manifest.Lengths.of(left.documents()),
                                    Manifest.Lengths.of(left.lengths()),
                                    ledger,
                                    left.digest().hex()),
                    figures,
                    removals,
                    old.appends());
        });
        progress.advance(1);
        return new Outcome(next, rewritten);
    }

    /** Null if that cannot be known: of what was truncated, the rows do not tell how long it was. */
    private static LengthHistogram documentsLeft(Manifest.PackingEntry packing, Selection selection) {
        return packing.documents() == null || packing.ledger().total().truncatedTokens() > 0
                ? null
                : without(packing.documents().toHistogram(), selection.documents());
    }

    private static LengthHistogram without(LengthHistogram all, LengthHistogram removed) {
        LengthHistogram left = new LengthHistogram();
        for (int length : all.lengths()) {
            left.add(length, all.count(length) - removed.count(length));
        }
        return left;
    }

    private static LinkedHashMap<String, Object> figures(
            long named, Selection selection, Outcome outcome, Manifest manifest, double seconds) {
        Manifest.PackingEntry packing = manifest.packing();
        Ledger.Entry total = packing.ledger().total();
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("named_documents", named);
        figures.put("removed_documents", selection.removed());
        figures.put("removed_empty_documents", selection.count(State.EMPTY));
        figures.put("removed_dropped_documents", selection.count(State.DROPPED));
        figures.put("removed_tokens", selection.change().total().removedTokens());
        figures.put("already_removed_documents", selection.count(State.REMOVED));
        figures.put("missing_documents", selection.count(State.MISSING));
        figures.put("changed_rows", outcome.changedRows());
        figures.put("removed_rows", outcome.goneRows());
        figures.put("rewritten_parts", outcome.parts().size());
        figures.put("parts", manifest.parts().size());
        figures.put("packed_documents", total.packedDocuments());
        figures.put("packed_tokens", total.packedTokens());
        figures.put("rows", packing.rows());
        figures.put("seq_len", packing.seqLen());
        figures.put("efficiency", manifest.figures().get("efficiency"));
        figures.put("digest", packing.digest());
        figures.put("seconds", seconds);
        return figures;
    }

    private <T> T during(String stage, long total, String unit, Supplier<T> work) {
        return TaskProgress.during(spark, progress, stage, total, unit, work);
    }
}
