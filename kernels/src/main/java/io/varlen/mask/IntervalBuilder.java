package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.List;

/** Narrows each query's interval of keys, which starts as its whole sequence, mask by mask. */
final class IntervalBuilder {
    private final CuSeqlens queries;
    private final CuSeqlens keys;
    private final int[] lo;
    private final int[] hi;
    private final List<Mask.Dense> dense = new ArrayList<>();

    IntervalBuilder(CuSeqlens queries, CuSeqlens keys) {
        this.queries = queries;
        this.keys = keys;
        this.lo = new int[queries.total()];
        this.hi = new int[queries.total()];
        for (int i = 0; i < queries.count(); i++) {
            for (int q = queries.start(i); q < queries.end(i); q++) {
                lo[q] = keys.start(i);
                hi[q] = keys.end(i);
            }
        }
    }

    int[] lo() {
        return lo;
    }

    int[] hi() {
        return hi;
    }

    List<Mask.Dense> dense() {
        return List.copyOf(dense);
    }

    void restrict(Mask mask) {
        if (mask instanceof Mask.And and) {
            restrict(and.first());
            restrict(and.second());
        } else if (mask instanceof Mask.SlidingWindow window) {
            restrict(window);
        } else if (mask instanceof Mask.Document document) {
            restrict(document);
        } else if (mask instanceof Mask.Dense bits) {
            restrict(bits);
        }
    }

    private void restrict(Mask.Dense bits) {
        if (bits.columns() < keys.maxLength()) {
            throw new IllegalArgumentException("a dense mask of " + bits.columns() + " columns for sequences of up to "
                    + keys.maxLength() + " keys");
        }
        dense.add(bits);
    }

    private void restrict(Mask.SlidingWindow window) {
        for (int i = 0; i < queries.count(); i++) {
            long shift = (long) keys.end(i) - queries.end(i);
            for (int q = queries.start(i); q < queries.end(i); q++) {
                long own = q + shift;
                long from = window.left() == Mask.UNLIMITED ? lo[q] : own - window.left();
                long to = window.right() == Mask.UNLIMITED ? hi[q] : own + window.right() + 1;
                intersect(q, from, to);
            }
        }
    }

    private void restrict(Mask.Document document) {
        int[] queryIds = document.queryIds();
        int[] keyIds = document.keyIds();
        requireLength("query", queryIds, queries);
        requireLength("key", keyIds, keys);
        for (int i = 0; i < queries.count(); i++) {
            requireAscending("query", queryIds, queries, i);
            requireAscending("key", keyIds, keys, i);
            int from = keys.start(i);
            int to = keys.start(i);
            for (int q = queries.start(i); q < queries.end(i); q++) {
                while (from < keys.end(i) && keyIds[from] < queryIds[q]) {
                    from++;
                }
                while (to < keys.end(i) && keyIds[to] <= queryIds[q]) {
                    to++;
                }
                intersect(q, from, to);
            }
        }
    }

    /** Keeps {@code lo <= hi} within the sequence; clamping and (max, min) keep both ends from decreasing. */
    private void intersect(int q, long from, long to) {
        int end = hi[q];
        lo[q] = (int) Math.min(Math.max(lo[q], from), end);
        hi[q] = (int) Math.max(Math.min(end, to), lo[q]);
    }

    private static void requireLength(String side, int[] ids, CuSeqlens sequences) {
        if (ids.length != sequences.total()) {
            throw new IllegalArgumentException(
                    "a document mask with " + ids.length + " " + side + " ids for " + sequences.total() + " tokens");
        }
    }

    private static void requireAscending(String side, int[] ids, CuSeqlens sequences, int sequence) {
        for (int t = sequences.start(sequence) + 1; t < sequences.end(sequence); t++) {
            if (ids[t] < ids[t - 1]) {
                throw new IllegalArgumentException(side + " document ids decrease from " + ids[t - 1] + " to " + ids[t]
                        + " at token " + t + "; the documents of a sequence lie one behind the other");
            }
        }
    }
}
