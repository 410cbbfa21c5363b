package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.BitSet;
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

    void restrict(Mask mask) {
        if (mask instanceof Mask.And and) {
            restrict(and.first());
            restrict(and.second());
        } else if (mask instanceof Mask.SlidingWindow window) {
            restrict(window);
        } else if (mask instanceof Mask.Chunked chunked) {
            restrict(chunked);
        } else if (mask instanceof Mask.Prefix prefix) {
            restrict(prefix);
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
        if (bits.rows() > queries.total()) {
            throw new IllegalArgumentException(
                    "a dense mask with bits for " + bits.rows() + " queries; there are " + queries.total());
        }
        DenseBits.requireFit(bits.columns(), queries);
        dense.add(bits);
    }

    /**
     * Narrows the intervals to what the dense masks let see within them, as far as neither end then decreases from one query
     * to the next: lo is the first key that this or a later query of the sequence sees, hi the end of those that this or an
     * earlier one sees.
     *
     * @return which keys of its interval each query sees, or null if there is no dense mask
     */
    VisibleBits narrow() {
        if (dense.isEmpty()) {
            return null;
        }
        for (int i = 0; i < queries.count(); i++) {
            int[] first = new int[queries.length(i)];
            int end = keys.start(i);
            for (int q = queries.start(i); q < queries.end(i); q++) {
                BitSet row = visible(q, keys.start(i));
                first[q - queries.start(i)] = row.isEmpty() ? Integer.MAX_VALUE : lo[q] + row.nextSetBit(0);
                end = row.isEmpty() ? end : Math.max(end, lo[q] + row.length());
                hi[q] = end;
            }
            int later = Integer.MAX_VALUE;
            for (int q = queries.end(i) - 1; q >= queries.start(i); q--) {
                later = Math.min(later, first[q - queries.start(i)]);
                lo[q] = Math.min(later, hi[q]);
            }
        }
        return visibleBits();
    }

    private VisibleBits visibleBits() {
        VisibleBits bits = new VisibleBits(lo, hi);
        for (int i = 0; i < queries.count(); i++) {
            for (int q = queries.start(i); q < queries.end(i); q++) {
                bits.set(q, visible(q, keys.start(i)));
            }
        }
        return bits;
    }

    /** Which keys of its interval a query sees: bit 0 is key {@code lo}. */
    private BitSet visible(int q, int firstKey) {
        BitSet row = dense.get(0).row(q, lo[q] - firstKey, hi[q] - firstKey);
        for (Mask.Dense mask : dense.subList(1, dense.size())) {
            row.and(mask.row(q, lo[q] - firstKey, hi[q] - firstKey));
        }
        return row;
    }

    private void restrict(Mask.Chunked chunked) {
        for (int i = 0; i < queries.count(); i++) {
            long shift = (long) keys.length(i) - queries.length(i);
            for (int q = queries.start(i); q < queries.end(i); q++) {
                long chunk = Math.floorDiv(q - queries.start(i) + shift, chunked.size());
                long from = keys.start(i) + chunk * chunked.size();
                intersect(q, from, from + chunked.size());
            }
        }
    }

    private void restrict(Mask.Prefix prefix) {
        prefix.requireFor(queries.count());
        for (int i = 0; i < queries.count(); i++) {
            long shift = (long) keys.end(i) - queries.end(i);
            long prefixEnd = (long) keys.start(i) + prefix.length(i);
            for (int q = queries.start(i); q < queries.end(i); q++) {
                intersect(q, keys.start(i), Math.max(q + shift + 1, prefixEnd));
            }
        }
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
