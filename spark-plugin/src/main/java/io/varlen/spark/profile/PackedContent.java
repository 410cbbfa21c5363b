package io.varlen.spark.profile;

import io.varlen.packing.LengthHistogram;
import java.util.List;

/**
 * The rows of a packed dataset.
 *
 * @param tokens real tokens per row
 * @param segments per row
 * @param sample some of the rows, by ascending id; the same ones each time
 */
public record PackedContent(LengthHistogram tokens, LengthHistogram segments, List<SampledRow> sample)
        implements OutputContent {
    /**
     * One row.
     *
     * @param offsets its {@code cu_seqlens}
     * @param docIds the document of each segment
     * @param chunks which piece of its document each segment is
     */
    public record SampledRow(long rowId, int[] offsets, List<String> docIds, int[] chunks) {
        public int nTokens() {
            return offsets[offsets.length - 1];
        }
    }
}
