package io.varlen.packing;

import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Takes segments out of rows. */
public final class RowCut {
    private RowCut() {}

    /**
     * The row without some of its segments: the others follow each other in their order, each with its tokens, loss mask
     * and provenance as they were, and padding behind them. The row keeps its id.
     *
     * @param removed which segments to take out
     * @param padId the id of the padding
     * @return the very same row if none is taken out; empty if none is left
     */
    public static Optional<PackedRow> without(PackedRow row, Predicate<Segment> removed, int padId) {
        List<Segment> left = new ArrayList<>();
        int[] lengths = new int[row.segments().size()];
        int[] ids = new int[row.inputIds().length];
        byte[] lossMask = row.lossMask() == null ? null : new byte[row.lossMask().length];
        int filled = 0;
        for (int i = 0; i < row.segments().size(); i++) {
            Segment segment = row.segments().get(i);
            if (removed.test(segment)) {
                continue;
            }
            int length = row.cuSeqlens().length(i);
            System.arraycopy(row.inputIds(), row.cuSeqlens().start(i), ids, filled, length);
            if (lossMask != null) {
                System.arraycopy(row.lossMask(), row.cuSeqlens().start(i), lossMask, filled, length);
            }
            lengths[left.size()] = length;
            left.add(segment);
            filled += length;
        }
        if (left.isEmpty()) {
            return Optional.empty();
        }
        if (left.size() == row.segments().size()) {
            return Optional.of(row);
        }
        Arrays.fill(ids, filled, ids.length, padId);
        CuSeqlens cuSeqlens = CuSeqlens.ofLengths(Arrays.copyOf(lengths, left.size()));
        return Optional.of(new PackedRow(row.rowId(), ids, filled, cuSeqlens, left, lossMask));
    }
}
