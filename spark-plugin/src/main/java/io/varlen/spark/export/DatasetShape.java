package io.varlen.spark.export;

import io.varlen.spark.dataset.Manifest;
import java.io.Serializable;

/**
 * What the files of an export depend on beside its rows.
 *
 * @param seqLen slots of a row
 * @param padId what fills them
 * @param lossMask whether rows have a loss mask
 * @param tokenizer its name
 * @param idLimit no token id is as large; {@link #ANY_ID} where the format does not depend on it
 */
public record DatasetShape(int seqLen, int padId, boolean lossMask, String tokenizer, long idLimit)
        implements Serializable {
    public static final long ANY_ID = 1L << 31;

    public static DatasetShape of(Manifest manifest, long idLimit) {
        Manifest.PackingEntry packing = manifest.packing();
        return new DatasetShape(
                packing.seqLen(),
                packing.padId(),
                packing.lossMask(),
                manifest.tokenizer().name(),
                idLimit);
    }
}
