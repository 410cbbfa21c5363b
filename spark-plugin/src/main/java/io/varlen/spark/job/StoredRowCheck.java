package io.varlen.spark.job;

import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCheck;
import io.varlen.packing.RowHash;
import io.varlen.packing.Segment;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.StoredRow;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Checks one row by itself: its shape, what its columns say, and its checksum. Not safe for concurrent use. */
final class StoredRowCheck {
    private final RowCheck shape;
    private final int sources;
    private final List<DerivedColumn> derived;
    private final RowHash rowHash = new RowHash();

    /**
     * @param sources how many inputs the dataset was packed from
     * @param derived the derived columns that the dataset has
     */
    StoredRowCheck(RowCheck shape, int sources, List<DerivedColumn> derived) {
        this.shape = shape;
        this.sources = sources;
        this.derived = derived;
    }

    /**
     * Checks a row.
     *
     * @param damage is told the column and what is wrong with it
     * @return the row's hash, whatever its checksum says; null if the shape is broken
     */
    byte[] check(StoredRow row, BiConsumer<String, String> damage) {
        Optional<RowCheck.Damage> broken =
                shape.damage(row.inputIds(), row.nTokens(), row.cuSeqlens(), row.segments(), row.lossMask());
        broken.ifPresent(it -> damage.accept(it.column(), it.what()));
        if (row.rowId() == null || row.rowId() < 0) {
            damage.accept("row_id", "is " + row.rowId() + ", must be at least 0");
        }
        if (broken.isPresent() || row.rowId() == null) {
            return null;
        }
        PackedRow packed = new PackedRow(
                row.rowId(),
                row.inputIds(),
                row.nTokens(),
                CuSeqlens.ofOffsets(row.cuSeqlens()),
                row.segments(),
                row.lossMask());
        checkSegments(packed, damage);
        checkLossMask(packed, damage);
        derived.forEach(column -> checkDerived(column, row, packed, damage));
        byte[] hash = rowHash.of(packed);
        checkChecksum(row.checksum(), RowHash.checksum(hash), damage);
        return hash;
    }

    private void checkSegments(PackedRow row, BiConsumer<String, String> damage) {
        for (int i = 0; i < row.segments().size(); i++) {
            Segment segment = row.segments().get(i);
            if (segment.source() >= sources) {
                damage.accept(
                        "segments",
                        "entry " + i + " has source " + segment.source() + ", must be in 0.." + (sources - 1));
            }
            long start = (long) segment.chunk() * shape.seqLen();
            if (segment.tokenStart() != start) {
                damage.accept(
                        "segments",
                        "entry " + i + " has token_start " + segment.tokenStart() + ", but chunk " + segment.chunk()
                                + " starts at " + start);
            }
        }
    }

    private static void checkLossMask(PackedRow row, BiConsumer<String, String> damage) {
        for (int i = 0; row.lossMask() != null && i < row.lossMask().length; i++) {
            if (row.lossMask()[i] != 0 && row.lossMask()[i] != 1) {
                damage.accept("loss_mask", "holds " + row.lossMask()[i] + " at position " + i + ", must be 0 or 1");
                return;
            }
        }
    }

    private static void checkDerived(
            DerivedColumn column, StoredRow row, PackedRow packed, BiConsumer<String, String> damage) {
        String name = column.columnName();
        int[] values = row.derived().get(name);
        int[] right = column.of(packed);
        if (values == null || values.length != right.length) {
            damage.accept(
                    name,
                    (values == null ? "is null" : "has " + values.length + " entries") + ", must have " + right.length);
            return;
        }
        for (int i = 0; i < right.length; i++) {
            if (values[i] != right[i]) {
                damage.accept(name, "holds " + values[i] + " at position " + i + ", must be " + right[i]);
                return;
            }
        }
    }

    private static void checkChecksum(Long checksum, long right, BiConsumer<String, String> damage) {
        if (checksum == null || checksum != right) {
            damage.accept(
                    "checksum",
                    "is " + checksum + ", but the row's contents give " + right
                            + ": a token id, a segment or the checksum itself was changed");
        }
    }
}
