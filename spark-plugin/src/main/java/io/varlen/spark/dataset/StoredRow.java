package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCheck;
import io.varlen.packing.Segment;
import io.varlen.sequence.CuSeqlens;
import java.util.List;
import java.util.Map;

/**
 * A row as a Parquet file holds it, sound or not: no value has been checked, and a column that is null, or an array that
 * holds a null, is null here.
 *
 * @param part the file's name
 * @param index the row's index in it
 * @param segments an entry that is null is null here; one without a {@code doc_id} has it null, its other fields are -1
 *     where they are null
 * @param lossMask null if there is no such column
 * @param derived the derived columns of the file by name
 */
public record StoredRow(
        String part,
        long index,
        Long rowId,
        int[] inputIds,
        Integer nTokens,
        int[] cuSeqlens,
        List<Segment> segments,
        Long checksum,
        byte[] lossMask,
        Map<String, int[]> derived) {

    /**
     * The row, its shape checked.
     *
     * @throws InvalidInputException naming the row and the broken column
     */
    public PackedRow toPackedRow(RowCheck check) {
        if (rowId == null) {
            throw new InvalidInputException(this + " has no row_id");
        }
        check.damage(inputIds, nTokens, cuSeqlens, segments, lossMask).ifPresent(damage -> {
            throw new InvalidInputException(this + " is damaged: " + damage);
        });
        return new PackedRow(rowId, inputIds, nTokens, CuSeqlens.ofOffsets(cuSeqlens), segments, lossMask);
    }

    /** Where the row is, for messages. */
    @Override
    public String toString() {
        return "row " + index + (rowId == null ? "" : " (row_id " + rowId + ")") + " of " + part;
    }
}
