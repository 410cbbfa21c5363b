package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import java.util.Comparator;

/**
 * A record that is no document.
 *
 * @param source the n-th input, from 0
 * @param path the file it is in
 * @param offset where the offence is: a byte offset in the (decompressed) file; the row index for Parquet
 * @param docId the document's id, null if it has none
 * @param reason what is wrong, and what would be right; one line, whatever it quotes
 */
public record BadRecord(int source, String path, long offset, String docId, String reason)
        implements InputRecord, Comparable<BadRecord> {
    private static final Comparator<BadRecord> BY_PLACE = Comparator.comparingInt(BadRecord::source)
            .thenComparing(BadRecord::path)
            .thenComparingLong(BadRecord::offset);

    public BadRecord {
        reason = InvalidInputException.oneLine(reason);
    }

    /** The same of another input. */
    public BadRecord withSource(int other) {
        return new BadRecord(other, path, offset, docId, reason);
    }

    /** By source, path and offset. */
    @Override
    public int compareTo(BadRecord other) {
        return BY_PLACE.compare(this, other);
    }

    /** One line: the file, the position, the document's id, the reason. */
    @Override
    public String toString() {
        return path + " at " + offset + (docId == null ? "" : " (document " + docId + ")") + ": " + reason;
    }
}
