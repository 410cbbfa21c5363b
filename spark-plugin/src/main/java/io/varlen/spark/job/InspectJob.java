package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.Segment;
import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.StoredRow;
import io.varlen.spark.engine.Engine;
import io.varlen.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** {@code inspect}: one row of a packed dataset, decoded. */
public final class InspectJob {
    private final JavaSparkContext spark;
    private final InspectOptions options;
    private final JobProgress progress;

    public InspectJob(SparkSession spark, InspectOptions options, JobProgress progress) {
        this.spark = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.options = options;
        this.progress = progress;
    }

    /**
     * Runs the job.
     *
     * @throws InvalidInputException if the input is not a packed dataset, has no such row, or the row's structure is
     *     broken
     */
    public RowView run() {
        PackedDataset dataset = PackedDataset.open(spark.hadoopConfiguration(), options.input());
        Manifest.PackingEntry packing = dataset.manifest().packing();
        StoredRow stored = options.rowId() == null ? first(dataset) : find(dataset, options.rowId());
        PackedRow row = stored.toPackedRow(dataset.rowCheck());
        Tokenizer tokenizer = Engine.get().tokenizer(dataset.tokenizer());
        List<RowView.SegmentView> segments = new ArrayList<>();
        for (int i = 0; i < row.segments().size(); i++) {
            segments.add(view(row, i, tokenizer, dataset.manifest().fingerprint()));
        }
        return new RowView(row.rowId(), stored.part(), packing.seqLen(), row.nTokens(), packing.rows(), segments);
    }

    private static StoredRow first(PackedDataset dataset) {
        return dataset.manifest().parts().stream()
                .flatMap(part -> read(dataset, part, row -> true).stream())
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("the dataset has no row to show"));
    }

    private StoredRow find(PackedDataset dataset, long rowId) {
        List<Manifest.Part> parts = dataset.manifest().parts();
        List<String> holders = TaskProgress.during(
                spark,
                progress,
                "look for row " + rowId,
                parts.size(),
                "parts",
                () -> dataset.storedRows(spark)
                        .filter(row -> row.rowId() != null && row.rowId() == rowId)
                        .map(StoredRow::part)
                        .take(1));
        return parts.stream()
                .filter(part -> holders.contains(part.file()))
                .flatMap(part -> read(dataset, part, row -> row.rowId() != null && row.rowId() == rowId).stream())
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("--row " + rowId + " is not in " + options.input()
                        + ", which has " + dataset.manifest().packing().rows() + " rows; their ids start at 0"));
    }

    /** The first such row of a part. */
    private static Optional<StoredRow> read(PackedDataset dataset, Manifest.Part part, Predicate<StoredRow> wanted) {
        try (PackedDataset.Rows rows = dataset.read(part)) {
            while (rows.hasNext()) {
                StoredRow row = rows.next();
                if (wanted.test(row)) {
                    return Optional.of(row);
                }
            }
            return Optional.empty();
        }
    }

    private static RowView.SegmentView view(PackedRow row, int index, Tokenizer tokenizer, Fingerprint packing) {
        Segment segment = row.segments().get(index);
        int from = row.cuSeqlens().start(index);
        int to = row.cuSeqlens().end(index);
        String text = tokenizer.decode(row.inputIds(), from, to);
        return new RowView.SegmentView(
                segment.docId(),
                segment.source(),
                Origin.of(packing, segment.source(), segment.docId()),
                segment.chunk(),
                segment.tokenStart(),
                from,
                to,
                learned(row.lossMask(), from, to),
                text);
    }

    private static Integer learned(byte[] lossMask, int from, int to) {
        if (lossMask == null) {
            return null;
        }
        int learned = 0;
        for (int i = from; i < to; i++) {
            learned += lossMask[i];
        }
        return learned;
    }
}
