package io.varlen.spark.job;

import io.varlen.packing.LengthHistogram;
import io.varlen.packing.PackedRow;
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
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Packs one group: deals its documents into rows and writes them as one unit. */
final class PackUnitTask implements Function2<Integer, Iterator<Tuple2<Integer, byte[]>>, Iterator<Integer>> {
    private final GroupPartitioner groups;
    private final Broadcast<Map<Integer, UnitPlan>> plans;
    private final int seqLen;
    private final int padId;
    private final long seed;
    private final List<DerivedColumn> emit;
    private final int sources;
    private final Staging staging;
    private final HadoopConfiguration hadoop;

    PackUnitTask(
            GroupPartitioner groups,
            Broadcast<Map<Integer, UnitPlan>> plans,
            PackOptions options,
            int padId,
            Staging staging,
            HadoopConfiguration hadoop) {
        this.groups = groups;
        this.plans = plans;
        this.seqLen = options.seqLen();
        this.padId = padId;
        this.seed = options.seed();
        this.emit = List.copyOf(options.emittedColumns());
        this.sources = options.input().inputs().size();
        this.staging = staging;
        this.hadoop = hadoop;
    }

    @Override
    public Iterator<Integer> call(Integer partition, Iterator<Tuple2<Integer, byte[]>> records) throws IOException {
        int group = groups.group(partition);
        UnitPlan plan = plans.getValue().get(group);
        List<TokenizedDocument> documents = new ArrayList<>();
        List<TokenizedDocument> empty = new ArrayList<>();
        while (records.hasNext()) {
            TokenizedDocument document = DocumentCodec.decode(records.next()._2());
            (document.ids().length == 0 ? empty : documents).add(document);
        }
        RowDealer dealer = new RowDealer(documents, seqLen, padId, seed, group);
        try (Staging.Unit unit = staging.begin(group)) {
            UnitCounts counts = new UnitCounts(sources);
            PackedRowWriter writer = new PackedRowWriter(unit.parquet(), hadoop.get(), false, emit);
            try (writer) {
                Iterator<PackedRow> rows = dealer.rows(plan.firstRowId());
                while (rows.hasNext()) {
                    PackedRow row = rows.next();
                    counts.add(row);
                    writer.write(row);
                }
            }
            if (writer.rows() != plan.rows()) {
                throw new IllegalStateException("group " + group + " has " + writer.rows() + " rows, planned were "
                        + plan.rows() + ": documents were lost or repeated on their way");
            }
            writeEmpty(empty, unit);
            empty.forEach(counts::addEmpty);
            Ledger ledger = plan.came().plus(counts.ledger()).requireBalanced();
            UnitDetails details = new UnitDetails(
                    ledger, Manifest.Lengths.of(counts.lengths), writer.digest().hex());
            unit.complete(writer.rows(), Json.line(details));
        }
        return List.of(group).iterator();
    }

    private static void writeEmpty(List<TokenizedDocument> empty, Staging.Unit unit) throws IOException {
        if (empty.isEmpty()) {
            return;
        }
        empty.sort(Comparator.comparing(TokenizedDocument::docId));
        try (OutputStream out = unit.create(UnitFile.EMPTY)) {
            for (TokenizedDocument document : empty) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("doc_id", document.docId());
                line.put("source", document.source());
                out.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /** Counts what is written: the right side of the ledger. */
    private static final class UnitCounts {
        private final LengthHistogram lengths = new LengthHistogram();
        private final long[] packedDocuments;
        private final long[] emptyDocuments;
        private final long[] packedTokens;

        UnitCounts(int sources) {
            packedDocuments = new long[sources];
            emptyDocuments = new long[sources];
            packedTokens = new long[sources];
        }

        void add(PackedRow row) {
            for (Segment segment : row.segments()) {
                lengths.add(segment.tokenCount());
                packedDocuments[segment.source()] += segment.chunk() == 0 ? 1 : 0;
                packedTokens[segment.source()] += segment.tokenCount();
            }
        }

        void addEmpty(TokenizedDocument document) {
            emptyDocuments[document.source()]++;
        }

        Ledger ledger() {
            List<Ledger.Entry> entries = new ArrayList<>();
            for (int source = 0; source < packedDocuments.length; source++) {
                entries.add(Ledger.Entry.went(packedDocuments[source], emptyDocuments[source], packedTokens[source]));
            }
            return new Ledger(entries);
        }
    }
}
