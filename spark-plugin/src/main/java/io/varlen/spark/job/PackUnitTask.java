package io.varlen.spark.job;

import io.varlen.packing.LengthHistogram;
import io.varlen.packing.PackedRow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.RowDealer;
import io.varlen.packing.Segment;
import io.varlen.packing.TokenizedDocument;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedRowWriter;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.Json;
import io.varlen.spark.metrics.StageCounters;
import io.varlen.spark.metrics.TaskMetrics;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Packs one group: deals its documents into rows and writes them as one unit. */
final class PackUnitTask implements Function2<Integer, Iterator<Tuple2<Integer, byte[]>>, Iterator<Integer>> {
    private final GroupPartitioner groups;
    private final Broadcast<Map<Integer, UnitPlan>> plans;
    private final PackingRules rules;
    private final boolean masked;
    private final int padId;
    private final long seed;
    private final List<DerivedColumn> emit;
    private final int sources;
    private final int firstSource;
    private final Staging staging;
    private final HadoopConfiguration hadoop;
    private final StageCounters counters; // counts what tasks tell from where it arrives

    PackUnitTask(
            GroupPartitioner groups,
            Broadcast<Map<Integer, UnitPlan>> plans,
            PackOptions options,
            int sources,
            int firstSource,
            int padId,
            Staging staging,
            HadoopConfiguration hadoop,
            StageCounters counters) {
        this.groups = groups;
        this.plans = plans;
        this.rules = options.rules();
        this.masked = options.input().columns().masked();
        this.padId = padId;
        this.seed = options.packingSeed();
        this.emit = List.copyOf(options.emittedColumns());
        this.sources = sources;
        this.firstSource = firstSource;
        this.staging = staging;
        this.hadoop = hadoop;
        this.counters = counters;
    }

    @Override
    public Iterator<Integer> call(Integer partition, Iterator<Tuple2<Integer, byte[]>> records) throws IOException {
        int group = groups.group(partition);
        UnitPlan plan = plans.getValue().get(group);
        List<TokenizedDocument> documents = new ArrayList<>();
        List<TokenizedDocument> empty = new ArrayList<>();
        while (records.hasNext()) {
            TokenizedDocument document = DocumentCodec.decode(records.next()._2(), masked);
            (document.ids().length == 0 ? empty : documents).add(document);
        }
        RowDealer dealer = new RowDealer(documents, rules, padId, seed, group);
        try (Staging.Unit unit = staging.begin(group)) {
            UnitCounts counts = new UnitCounts(sources);
            PackedRowWriter writer = new PackedRowWriter(unit.parquet(), hadoop.get(), masked, emit, firstSource);
            try (writer) {
                Iterator<PackedRow> rows = dealer.rows(plan.firstRowId());
                while (rows.hasNext()) {
                    PackedRow row = rows.next();
                    counts.add(row);
                    TaskMetrics.current().batch(row.nTokens(), rules.limits().seqLen());
                    writer.write(row);
                }
            }
            if (writer.rows() != plan.rows()) {
                throw new IllegalStateException("group " + group + " has " + writer.rows() + " rows, planned were "
                        + plan.rows() + ": documents were lost or repeated on their way");
            }
            List<TokenizedDocument> dropped = new ArrayList<>();
            documents.forEach(document -> {
                if (!counts.addDocument(document, rules)) {
                    dropped.add(document);
                }
            });
            empty.forEach(counts::addEmpty);
            list(empty, unit, UnitFile.EMPTY, line -> {});
            int limit = rules.limits().pieceLimit();
            list(dropped, unit, UnitFile.DROPPED, line -> line.put("reason", "longer than " + limit + " tokens"));
            TaskMetrics.current().rows(writer.rows());
            TaskMetrics.current().truncated(counts.ledger().total().truncatedTokens());
            Ledger ledger = plan.came().plus(counts.ledger()).requireBalanced();
            LengthHistogram lengths = new LengthHistogram();
            documents.forEach(document -> lengths.add(document.ids().length));
            UnitDetails details = new UnitDetails(
                    ledger,
                    Manifest.Lengths.of(lengths),
                    Manifest.Lengths.of(counts.lengths),
                    writer.digest().hex());
            unit.complete(writer.rows(), Json.line(details));
        }
        return List.of(group).iterator();
    }

    private void list(
            List<TokenizedDocument> documents, Staging.Unit unit, UnitFile file, Consumer<Map<String, Object>> more)
            throws IOException {
        if (documents.isEmpty()) {
            return;
        }
        documents.sort(Comparator.comparing(TokenizedDocument::docId));
        try (OutputStream out = new BufferedOutputStream(unit.create(file))) {
            for (TokenizedDocument document : documents) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("doc_id", document.docId());
                line.put("source", firstSource + document.source());
                if (document.ids().length > 0) {
                    line.put("tokens", document.ids().length);
                }
                more.accept(line);
                out.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /** Counts where everything went: what was written, and what the rules kept out or put in twice. */
    private static final class UnitCounts {
        private final LengthHistogram lengths = new LengthHistogram();
        private final Ledger.Entry[] entries;

        UnitCounts(int sources) {
            entries = new Ledger.Entry[sources];
            Arrays.fill(entries, Ledger.Entry.ZERO);
        }

        void add(PackedRow row) {
            for (Segment segment : row.segments()) {
                lengths.add(segment.tokenCount());
                add(segment.source(), Ledger.Entry.went(segment.chunk() == 0 ? 1 : 0, 0, segment.tokenCount()));
            }
        }

        void addEmpty(TokenizedDocument document) {
            add(document.source(), Ledger.Entry.went(0, 1, 0));
        }

        /** False if the document has no place in any row. */
        boolean addDocument(TokenizedDocument document, PackingRules rules) {
            long tokens = document.ids().length;
            long kept = rules.keptTokens(document.ids().length);
            if (kept == 0) {
                add(document.source(), Ledger.Entry.dropped(tokens));
            } else {
                add(document.source(), Ledger.Entry.cut(Math.max(0, kept - tokens), Math.max(0, tokens - kept)));
            }
            return kept > 0;
        }

        Ledger ledger() {
            return new Ledger(List.of(entries));
        }

        private void add(int source, Ledger.Entry more) {
            entries[source] = entries[source].plus(more);
        }
    }
}
