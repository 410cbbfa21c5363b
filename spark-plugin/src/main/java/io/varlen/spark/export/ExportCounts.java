package io.varlen.spark.export;

import io.varlen.packing.Digest;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What was exported.
 *
 * @param longestSegment in tokens
 * @param mostSegments of a row
 * @param fewestPairs the fewest pairs of a token and its successor in the same segment that a row has
 * @param digest of the rows
 */
public record ExportCounts(
        long rows, long segments, long tokens, int longestSegment, int mostSegments, int fewestPairs, String digest) {
    public static final ExportCounts NONE = new ExportCounts(0, 0, 0, 0, 0, Integer.MAX_VALUE, new Digest().hex());

    public ExportCounts plus(ExportCounts other) {
        return new ExportCounts(
                rows + other.rows,
                segments + other.segments,
                tokens + other.tokens,
                Math.max(longestSegment, other.longestSegment),
                Math.max(mostSegments, other.mostSegments),
                Math.min(fewestPairs, other.fewestPairs),
                Digest.ofHex(digest).merge(Digest.ofHex(other.digest)).hex());
    }

    /** The inverse of {@link #toJson}. */
    public static ExportCounts ofJson(String json) {
        try {
            return Json.read(json, ExportCounts.class);
        } catch (IOException e) {
            throw new UncheckedIOException("the details of a unit are damaged: " + json, e);
        }
    }

    String toJson() {
        return Json.line(this);
    }
}
