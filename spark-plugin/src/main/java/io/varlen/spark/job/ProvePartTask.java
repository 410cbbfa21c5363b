package io.varlen.spark.job;

import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.Segment;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.StoredRow;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/**
 * Reads an affected part as it was and as it was written anew, side by side, and shows that exactly the documents named
 * for it are gone: each row that is left holds the other segments of its old self, with their tokens and loss mask, and
 * is sound by itself. Shares no code with what cut them out.
 */
final class ProvePartTask
        implements Function2<Integer, Iterator<Tuple2<Integer, String>>, Iterator<ProvePartTask.Proof>> {
    private final PartChange change;
    private final Map<Integer, String> stagedNames;
    private final Function<String, PackedDataset.Rows> stagedReader;

    /**
     * What one part adds up to.
     *
     * @param part its index in the manifest
     * @param rows that are left
     * @param removedTokens by source
     * @param removedLengths of the segments that are gone
     * @param before the hashes of all rows as they were
     * @param after the hashes of all rows as they are
     */
    record Proof(int part, long rows, long[] removedTokens, LengthHistogram removedLengths, Digest before, Digest after)
            implements Serializable {}

    /** @param stagedNames the new files, by the part's index */
    ProvePartTask(
            PartChange change, Map<Integer, String> stagedNames, Function<String, PackedDataset.Rows> stagedReader) {
        this.change = change;
        this.stagedNames = stagedNames;
        this.stagedReader = stagedReader;
    }

    @Override
    public Iterator<Proof> call(Integer partition, Iterator<Tuple2<Integer, String>> records) throws Exception {
        int part = change.part(partition);
        Comparison comparison = new Comparison(PartChange.ids(records));
        try (PackedDataset.Rows old = change.read(part);
                PackedDataset.Rows now = stagedReader.call(stagedNames.get(part))) {
            while (old.hasNext()) {
                comparison.compare(old.next(), now);
            }
            require(!now.hasNext(), change.file(part), "has more rows than it may have");
        }
        return List.of(comparison.proof(part)).iterator();
    }

    private final class Comparison {
        private final StoredRowCheck check = change.rowCheck();
        private final Set<String> ids;
        private final Set<String> seen = new HashSet<>();
        private final long[] removedTokens = new long[change.sources()];
        private final LengthHistogram removedLengths = new LengthHistogram();
        private final Digest before = new Digest();
        private final Digest after = new Digest();
        private long rows;

        Comparison(Set<String> ids) {
            this.ids = ids;
        }

        void compare(StoredRow old, PackedDataset.Rows left) {
            before.add(PartChange.requireSound(old, check));
            StoredRow now = null;
            int at = 0;
            int slot = 0;
            for (int i = 0; i < old.segments().size(); i++) {
                Segment segment = old.segments().get(i);
                if (ids.contains(segment.docId())) {
                    seen.add(segment.docId());
                    removedTokens[segment.source()] += segment.tokenCount();
                    removedLengths.add(segment.tokenCount());
                    continue;
                }
                if (now == null) {
                    require(left.hasNext(), old, "is gone, but documents of it were not to be removed");
                    now = left.next();
                }
                require(
                        at < now.segments().size() && now.segments().get(at).equals(segment),
                        old,
                        "has lost or changed " + segment);
                requireSame(old, old.cuSeqlens()[i], now, slot, segment.tokenCount());
                slot += segment.tokenCount();
                at++;
            }
            if (now != null) {
                require(now.rowId().equals(old.rowId()), old, "has become " + now);
                require(now.segments().size() == at, old, "holds more segments than before");
                after.add(check.check(now, (column, problem) -> require(false, old, "has " + column + " " + problem)));
                rows++;
            }
        }

        Proof proof(int part) {
            require(seen.equals(ids), change.file(part), "does not hold all documents that were found in it");
            return new Proof(part, rows, removedTokens, removedLengths, before, after);
        }
    }

    private static void requireSame(StoredRow old, int from, StoredRow now, int to, int count) {
        boolean same = Arrays.equals(old.inputIds(), from, from + count, now.inputIds(), to, to + count)
                && (old.lossMask() == null
                        || Arrays.equals(old.lossMask(), from, from + count, now.lossMask(), to, to + count));
        require(same, old, "has other tokens, or another loss mask, from slot " + from + " on");
    }

    private static void require(boolean holds, Object where, String problem) {
        if (!holds) {
            throw new IllegalStateException(
                    where + " " + problem + " after the removal: a defect of the job; nothing was removed");
        }
    }
}
