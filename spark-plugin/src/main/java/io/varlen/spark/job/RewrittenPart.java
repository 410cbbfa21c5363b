package io.varlen.spark.job;

import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.spark.dataset.DatasetChange.NewPart;
import java.io.Serializable;

/**
 * A part that was written anew.
 *
 * @param part its index in the manifest
 * @param stagedName the new file in the staging folder
 * @param bytes the size of that
 * @param rows that are left
 * @param changedRows those of them that lost segments
 * @param goneRows those that have none left
 * @param removedLengths of the segments that were taken out
 * @param before the hashes of the rows that were changed or are gone, as they were
 * @param after the hashes of the changed rows, as they are
 */
record RewrittenPart(
        int part,
        String stagedName,
        long bytes,
        long rows,
        long changedRows,
        long goneRows,
        LengthHistogram removedLengths,
        Digest before,
        Digest after)
        implements Serializable {

    NewPart toNewPart() {
        return new NewPart(stagedName, rows, bytes);
    }
}
