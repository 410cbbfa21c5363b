package io.varlen.spark.statistics;

import io.varlen.sequence.CuSeqlens;
import java.io.Serializable;

/**
 * Token ids that lie in one row, in one or more documents that do not see each other.
 *
 * @param name what it is, for people: a document's id, or a row of a packed dataset
 * @param ids without padding
 * @param offsets {@code cu_seqlens} of the documents in it
 */
public record TokenRow(String name, int[] ids, int[] offsets) implements Serializable {
    CuSeqlens documents() {
        return CuSeqlens.ofOffsets(offsets);
    }
}
