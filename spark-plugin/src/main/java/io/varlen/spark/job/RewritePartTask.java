package io.varlen.spark.job;

import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCut;
import io.varlen.packing.RowHash;
import io.varlen.packing.Segment;
import io.varlen.spark.dataset.OutputFolder.StagedFile;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.PackedRowWriter;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.StoredRow;
import io.varlen.spark.dataset.UnitFile;
import io.varlen.spark.internal.HadoopConfiguration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/** Writes one affected part anew, without the documents that are named for it. */
final class RewritePartTask implements Function2<Integer, Iterator<Tuple2<Integer, String>>, Iterator<RewrittenPart>> {
    private final PartChange change;
    private final Staging staging;
    private final HadoopConfiguration hadoop;

    RewritePartTask(PartChange change, Staging staging, HadoopConfiguration hadoop) {
        this.change = change;
        this.staging = staging;
        this.hadoop = hadoop;
    }

    @Override
    public Iterator<RewrittenPart> call(Integer partition, Iterator<Tuple2<Integer, String>> records) throws Exception {
        int part = change.part(partition);
        Set<String> ids = PartChange.ids(records);
        Tally tally = new Tally();
        try (PackedDataset.Rows rows = change.read(part);
                Staging.Unit unit = staging.begin(part)) {
            PackedRowWriter writer =
                    new PackedRowWriter(unit.parquet(), hadoop.get(), change.masked(), change.emitted());
            try (writer) {
                StoredRowCheck check = change.rowCheck();
                while (rows.hasNext()) {
                    StoredRow stored = rows.next();
                    byte[] hash = PartChange.requireSound(stored, check);
                    PackedRow row = change.sound(stored);
                    Optional<PackedRow> left =
                            RowCut.without(row, segment -> ids.contains(segment.docId()), change.padId());
                    tally.count(row, hash, left, ids);
                    if (left.isPresent()) {
                        writer.write(left.get());
                    }
                }
            }
            StagedFile staged = unit.complete(writer.rows(), "{}").get(UnitFile.PART);
            return List.of(tally.toPart(part, staged, writer.rows())).iterator();
        }
    }

    private static final class Tally {
        private final RowHash rowHash = new RowHash();
        private final LengthHistogram removed = new LengthHistogram();
        private final Digest before = new Digest();
        private final Digest after = new Digest();
        private long changed;
        private long gone;

        void count(PackedRow row, byte[] hash, Optional<PackedRow> left, Set<String> ids) {
            if (left.isPresent() && left.get() == row) {
                return;
            }
            before.add(hash);
            for (Segment segment : row.segments()) {
                if (ids.contains(segment.docId())) {
                    removed.add(segment.tokenCount());
                }
            }
            if (left.isPresent()) {
                changed++;
                after.add(rowHash.of(left.get()));
            } else {
                gone++;
            }
        }

        RewrittenPart toPart(int part, StagedFile staged, long rows) {
            return new RewrittenPart(part, staged.name(), staged.bytes(), rows, changed, gone, removed, before, after);
        }
    }
}
