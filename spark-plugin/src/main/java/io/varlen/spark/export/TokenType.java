package io.varlen.spark.export;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import java.io.IOException;

/**
 * How wide a token is in formats that leave it to the vocabulary. All files of an export have the same, and so have those
 * of other datasets with the same tokenizer.
 *
 * <p>The rule is Megatron's: 16 bits below 65500 ids.
 */
enum TokenType {
    UINT16(Short.BYTES),
    /** Ids are not negative, so that it does not matter whether a reader takes them as signed. */
    INT32(Integer.BYTES);

    private static final int MEGATRON_LIMIT = 65_500;

    private final int bytes;

    TokenType(int bytes) {
        this.bytes = bytes;
    }

    static TokenType of(DatasetShape dataset) {
        return dataset.idLimit() < MEGATRON_LIMIT ? UINT16 : INT32;
    }

    int bytes() {
        return bytes;
    }

    /**
     * Writes the row's tokens, without padding.
     *
     * @throws InvalidInputException if an id is too large, which is never cut off
     */
    void write(PackedRow row, LittleEndianFile out) throws IOException {
        int[] ids = row.inputIds();
        if (this == INT32) {
            out.putInts(ids, 0, row.nTokens());
            return;
        }
        for (int i = 0; i < row.nTokens(); i++) {
            if (ids[i] >>> Short.SIZE != 0) {
                throw new InvalidInputException("row " + row.rowId() + " holds the id " + ids[i]
                        + ", which does not fit into 16 bits, as all ids of its tokenizer do");
            }
            out.putShort(ids[i]);
        }
    }
}
