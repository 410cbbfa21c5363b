package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.Lineage;
import io.varlen.spark.dataset.ListedDocument;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.job.NamedDocument.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** {@code inspect --doc}: where documents are, by one pass over the segments. {@link Lineage} is for many documents. */
public final class LocateJob {
    private final SparkSession session;
    private final JavaSparkContext spark;
    private final LocateOptions options;
    private final JobProgress progress;

    public LocateJob(SparkSession session, LocateOptions options, JobProgress progress) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.options = options;
        this.progress = progress;
    }

    /**
     * Runs the job.
     *
     * @return one view per document, in the order of the options
     * @throws InvalidInputException if the input is not a packed dataset, or knows nothing of one of the documents
     */
    public List<DocumentView> run() {
        PackedDataset dataset =
                PackedDataset.open(spark.hadoopConfiguration(), options.input()).requireIntact();
        Set<String> wanted = new LinkedHashSet<>(options.docIds());
        Map<String, DocumentView> found = packed(dataset, wanted);
        for (State state : List.of(State.REMOVED, State.EMPTY, State.DROPPED)) {
            if (!found.keySet().containsAll(wanted)) {
                addListed(dataset, wanted, state, found);
            }
        }
        List<String> missing =
                wanted.stream().filter(docId -> !found.containsKey(docId)).toList();
        if (!missing.isEmpty()) {
            throw new InvalidInputException("--doc " + missing.get(0) + " is not in " + options.input()
                    + (missing.size() == 1 ? "" : ", and " + (missing.size() - 1) + " more are not")
                    + ": no row holds it, and it is not listed as empty, dropped or removed; inspect --row shows the ids"
                    + " of a row's documents");
        }
        return wanted.stream().map(found::get).toList();
    }

    private Map<String, DocumentView> packed(PackedDataset dataset, Set<String> wanted) {
        List<Manifest.Part> parts = dataset.manifest().parts();
        List<Row> rows = TaskProgress.during(
                spark,
                progress,
                "look for documents",
                parts.size(),
                "parts",
                () -> Lineage.of(session, dataset)
                        .where(functions.col("doc_id").isin(wanted.toArray()))
                        .collectAsList());
        Map<String, List<Row>> byDocument = new HashMap<>();
        for (Row row : rows) {
            byDocument
                    .computeIfAbsent(row.getAs("doc_id"), docId -> new ArrayList<>())
                    .add(row);
        }
        Map<String, DocumentView> found = new HashMap<>();
        byDocument.forEach((docId, pieces) -> found.put(docId, view(dataset, docId, pieces)));
        return found;
    }

    private static DocumentView view(PackedDataset dataset, String docId, List<Row> rows) {
        List<DocumentView.Piece> pieces = rows.stream()
                .map(row -> new DocumentView.Piece(
                        row.getAs("row_id"),
                        row.getAs("part"),
                        row.getAs("segment"),
                        row.getAs("chunk"),
                        row.getAs("row_start"),
                        row.getAs("token_start"),
                        row.getAs("token_count")))
                .sorted(Comparator.comparingInt(DocumentView.Piece::chunk)
                        .thenComparingLong(DocumentView.Piece::rowId)
                        .thenComparingInt(DocumentView.Piece::segment))
                .toList();
        long tokens = pieces.stream().mapToLong(DocumentView.Piece::tokenCount).sum();
        int source = rows.get(0).getAs("source");
        return new DocumentView(docId, State.PACKED.listedAs(), source, origin(dataset, source, docId), tokens, pieces);
    }

    private void addListed(PackedDataset dataset, Set<String> wanted, State state, Map<String, DocumentView> found) {
        Set<String> ids = new LinkedHashSet<>(wanted);
        List<ListedDocument> listed = dataset.listedDocuments(spark, state.listedAs())
                .filter(document -> ids.contains(document.docId()))
                .collect();
        for (ListedDocument document : listed) {
            found.putIfAbsent(
                    document.docId(),
                    new DocumentView(
                            document.docId(),
                            state.listedAs(),
                            document.source(),
                            origin(dataset, document.source(), document.docId()),
                            document.tokens() == null ? 0 : document.tokens(),
                            List.of()));
        }
    }

    private static Origin origin(PackedDataset dataset, int source, String docId) {
        return Origin.of(dataset.manifest().fingerprint(), source, docId);
    }
}
