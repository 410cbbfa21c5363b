package io.varlen.spark.job;

import io.varlen.packing.Overflow.Mode;
import io.varlen.packing.PackedRow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.RowCheck;
import io.varlen.packing.RowHash;
import io.varlen.packing.RowLimits;
import io.varlen.packing.Segment;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.StoredRow;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Checks one row by itself: its shape, what its columns say, and its checksum. Not safe for concurrent use. */
final class StoredRowCheck {
    private final PackingRules rules;
    private final boolean masked;
    private final RowCheck shape;
    private final int sources;
    private final List<DerivedColumn> derived;
    private final RowHash rowHash = new RowHash();

    /**
     * @param rules that the dataset was packed by
     * @param padId the id of the padding
     * @param masked whether its rows have a loss mask
     * @param sources how many inputs the dataset was packed from
     * @param derived the derived columns that the dataset has
     */
    StoredRowCheck(PackingRules rules, int padId, boolean masked, int sources, List<DerivedColumn> derived) {
        this.masked = masked;
        this.rules = rules;
        this.shape = new RowCheck(rules.limits().seqLen(), padId);
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
        checkLimits(packed.cuSeqlens(), damage);
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
            if (segment.chunk() > 0 && !rules.splits()) {
                damage.accept(
                        "segments",
                        "entry " + i + " is chunk " + segment.chunk() + ", but no document was split under overflow "
                                + rules.overflow().optionName());
            } else if (segment.tokenStart() != start(segment)) {
                damage.accept(
                        "segments",
                        "entry " + i + " has token_start " + segment.tokenStart() + ", but chunk " + segment.chunk()
                                + " starts at " + start(segment));
            }
        }
    }

    /** Where a chunk starts, as far as it follows from its number. */
    private long start(Segment segment) {
        int limit = rules.limits().pieceLimit();
        boolean headMayBeCutOff = rules.overflow().mode() == Mode.TRUNCATE_HEAD && segment.tokenCount() == limit;
        boolean cutAnywhere = rules.strategy() == PackingStrategy.WRAPPED && segment.chunk() > 0;
        return headMayBeCutOff || cutAnywhere
                ? segment.tokenStart()
                : (long) segment.chunk() * (limit - rules.overflow().overlap());
    }

    private void checkLimits(CuSeqlens cuSeqlens, BiConsumer<String, String> damage) {
        RowLimits limits = rules.limits();
        CuSeqlens padded = cuSeqlens.paddedTo(limits.padToMultiple());
        long squares = 0;
        for (int i = 0; i < padded.count(); i++) {
            squares += (long) padded.length(i) * padded.length(i);
        }
        if (padded.total() > limits.seqLen()) {
            damage.accept(
                    "cu_seqlens",
                    "has sequences that take up " + padded.total() + " slots when each is padded to a multiple of "
                            + limits.padToMultiple() + ", must be at most " + limits.seqLen());
        }
        if (padded.count() > limits.maxDocuments()) {
            damage.accept(
                    "cu_seqlens", "has " + padded.count() + " sequences, must have at most " + limits.maxDocuments());
        }
        if (squares > limits.maxSquaredLength()) {
            damage.accept(
                    "cu_seqlens",
                    "has lengths whose squares add up to " + squares + ", must be at most "
                            + limits.maxSquaredLength());
        }
    }

    private void checkLossMask(PackedRow row, BiConsumer<String, String> damage) {
        byte[] lossMask = row.lossMask();
        if ((lossMask != null) != masked) {
            damage.accept("loss_mask", masked ? "is missing" : "is there, but the manifest says that there is none");
        }
        for (int i = 0; lossMask != null && i < lossMask.length; i++) {
            if (lossMask[i] != 0 && (lossMask[i] != 1 || i >= row.nTokens())) {
                damage.accept(
                        "loss_mask",
                        "holds " + lossMask[i] + " at position " + i + ", must be "
                                + (i < row.nTokens() ? "0 or 1" : "0 on padding"));
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
