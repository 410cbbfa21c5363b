package io.varlen.spark.job;

import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Counts findings and keeps the first few, so that no damage is too large to report. Partial ones are merged. */
final class Findings implements Serializable {
    private final int kept;
    private final TreeSet<Finding> first = new TreeSet<>();
    private long count;

    /** @param kept how many are kept */
    Findings(int kept) {
        this.kept = kept;
    }

    void add(Finding finding) {
        count++;
        keep(List.of(finding));
    }

    void merge(Findings other) {
        count += other.count;
        keep(other.first);
    }

    long count() {
        return count;
    }

    /** The first ones, in order. */
    List<Finding> first() {
        return List.copyOf(first);
    }

    private void keep(Collection<Finding> findings) {
        first.addAll(findings);
        while (first.size() > kept) {
            first.pollLast();
        }
    }
}
