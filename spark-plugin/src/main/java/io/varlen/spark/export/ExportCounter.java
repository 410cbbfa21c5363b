package io.varlen.spark.export;

import io.varlen.packing.Digest;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowHash;

/** Counts the rows of a unit. */
final class ExportCounter {
    private final RowHash hash = new RowHash();
    private final Digest digest = new Digest();
    private long rows;
    private long segments;
    private long tokens;
    private int longestSegment;
    private int mostSegments;
    private int fewestPairs = Integer.MAX_VALUE;

    /** Counts a row and returns its hash. */
    byte[] add(PackedRow row) {
        int count = row.cuSeqlens().count();
        rows++;
        segments += count;
        tokens += row.nTokens();
        longestSegment = Math.max(longestSegment, row.cuSeqlens().maxLength());
        mostSegments = Math.max(mostSegments, count);
        fewestPairs = Math.min(fewestPairs, row.nTokens() - count);
        byte[] rowHash = hash.of(row);
        digest.add(rowHash);
        return rowHash;
    }

    ExportCounts counts() {
        return new ExportCounts(rows, segments, tokens, longestSegment, mostSegments, fewestPairs, digest.hex());
    }
}
