package io.varlen.spark.profile;

import io.varlen.InvalidInputException;
import io.varlen.packing.LengthHistogram;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.dataset.JobOutput;
import io.varlen.spark.profile.PackedContent.SampledRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/** Reads a packed dataset: two passes, and no token of it. */
final class PackedScan {
    private static final StructType SHAPE = StructType.fromDDL("row_id BIGINT, n_tokens INT, cu_seqlens ARRAY<INT>");
    private static final StructType SEGMENTS = StructType.fromDDL(
            "row_id BIGINT, cu_seqlens ARRAY<INT>, segments ARRAY<STRUCT<doc_id: STRING, source: INT, chunk: INT,"
                    + " token_start: BIGINT, token_count: INT>>");

    private PackedScan() {}

    /** @param sampled how many rows the sample has, if there are so many */
    static PackedContent of(SparkSession session, JobOutput output, int sampled) {
        PartRows rows = new PartRows(session, output);
        int seqLen = output.manifest().packing().seqLen();
        Shapes shapes = rows.sum(SHAPE, () -> new Shapes(seqLen, sampled));
        List<SampledRow> sample = rows
                .select(SEGMENTS)
                .where(functions
                        .col("row_id")
                        .isin(shapes.sample.stream().map(Key::rowId).toArray()))
                .select("row_id", "cu_seqlens", "segments.doc_id", "segments.chunk")
                .takeAsList(sampled)
                .stream()
                .map(PackedScan::sampled)
                .sorted(Comparator.comparingLong(SampledRow::rowId))
                .toList();
        return new PackedContent(shapes.tokens, shapes.segments, sample);
    }

    private static SampledRow sampled(Row row) {
        int[] offsets =
                row.<Integer>getList(1).stream().mapToInt(Integer::intValue).toArray();
        int[] chunks =
                row.<Integer>getList(3).stream().mapToInt(Integer::intValue).toArray();
        List<String> docIds = new ArrayList<>(row.<String>getList(2));
        if (docIds.size() != offsets.length - 1 || docIds.contains(null)) {
            throw damaged(row.getLong(0), "its segments are " + docIds.size() + ", its cu_seqlens " + offsets.length);
        }
        return new SampledRow(row.getLong(0), offsets, docIds, chunks);
    }

    private static InvalidInputException damaged(Object rowId, String what) {
        return new InvalidInputException("row_id " + rowId + " is damaged: " + what + "; verify lists all damage");
    }

    /** A row by the hash of its id, so that which ones are sampled depends on nothing else. */
    private record Key(long hash, long rowId) implements Comparable<Key>, java.io.Serializable {
        static Key of(long rowId) { // the finaliser of SplitMix64 (Steele, Lea and Flood 2014)
            long z = rowId + 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            return new Key(z ^ z >>> 31, rowId);
        }

        @Override
        public int compareTo(Key other) {
            int order = Long.compare(hash, other.hash);
            return order != 0 ? order : Long.compare(rowId, other.rowId);
        }
    }

    /** How full rows are, and which to show. */
    private static final class Shapes implements PartRows.Sums<Shapes> {
        private final int seqLen;
        private final int sampled;
        private final LengthHistogram tokens = new LengthHistogram();
        private final LengthHistogram segments = new LengthHistogram();
        private final TreeSet<Key> sample = new TreeSet<>();

        Shapes(int seqLen, int sampled) {
            this.seqLen = seqLen;
            this.sampled = sampled;
        }

        @Override
        public void add(Row row) {
            if (row.isNullAt(0) || row.isNullAt(1) || row.isNullAt(2)) {
                throw damaged(row.get(0), "a column of it is null");
            }
            int[] offsets = offsets(row);
            tokens.add(row.getInt(1));
            segments.add(offsets.length - 1);
            sample(Key.of(row.getLong(0)));
        }

        @Override
        public Shapes merge(Shapes other) {
            tokens.merge(other.tokens);
            segments.merge(other.segments);
            other.sample.forEach(this::sample);
            return this;
        }

        private int[] offsets(Row row) {
            try {
                int[] offsets = row.<Integer>getList(2).stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
                CuSeqlens checked = CuSeqlens.ofOffsets(offsets);
                if (offsets.length < 2 || checked.total() != row.getInt(1) || row.getInt(1) > seqLen) {
                    throw damaged(row.getLong(0), "its cu_seqlens do not lead to its n_tokens within seq_len");
                }
                return offsets;
            } catch (IllegalArgumentException | NullPointerException e) {
                throw damaged(row.getLong(0), "its cu_seqlens are none");
            }
        }

        private void sample(Key key) {
            sample.add(key);
            if (sample.size() > sampled) {
                sample.pollLast();
            }
        }
    }
}
