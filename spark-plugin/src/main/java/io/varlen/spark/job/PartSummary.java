package io.varlen.spark.job;

import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import java.io.Serializable;

/** What the rows of one part, or of several, add up to. Mutable, not safe for concurrent use; partial ones are merged. */
final class PartSummary implements Serializable {
    final String part;
    final long[] tokensBySource;
    final LengthHistogram lengths = new LengthHistogram();
    final Digest digest = new Digest();
    final Findings findings;
    long rows;
    long tokens;

    /**
     * @param part the file's name; null for several
     * @param sources how many inputs the dataset was packed from
     * @param kept how many findings are kept
     */
    PartSummary(String part, int sources, int kept) {
        this.part = part;
        this.tokensBySource = new long[sources];
        this.findings = new Findings(kept);
    }

    void merge(PartSummary other) {
        for (int i = 0; i < tokensBySource.length; i++) {
            tokensBySource[i] += other.tokensBySource[i];
        }
        lengths.merge(other.lengths);
        digest.merge(other.digest);
        findings.merge(other.findings);
        rows += other.rows;
        tokens += other.tokens;
    }
}
