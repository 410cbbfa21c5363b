package io.varlen.packing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Rows of first-fit-decreasing so far, as runs of neighbours with the same contents. Runs are kept by the longest piece
 * that they can take; a tree of minima over those lengths leads to the oldest one that can take a given piece.
 */
final class FirstFitRows {
    private static final long NONE = Long.MAX_VALUE;

    private final RowLimits limits;
    private final int leaves;
    private final long[] oldest; // [leaves + reach] is the first row of the oldest run of that reach; above it, minima
    private final PriorityQueue<Run>[] byReach;
    private long rows;

    /** @param first the number of the run's first row */
    private record Run(long first, RowPattern pattern) {}

    FirstFitRows(RowLimits limits) {
        this.limits = limits;
        this.leaves = limits.seqLen() + 1;
        this.oldest = new long[2 * leaves];
        Arrays.fill(oldest, NONE);
        @SuppressWarnings({"unchecked", "rawtypes"}) // arrays have no type parameters
        PriorityQueue<Run>[] queues = new PriorityQueue[leaves];
        this.byReach = queues;
    }

    /** Places {@code count} pieces; none before was shorter. */
    void place(int length, long count) {
        long left = count;
        while (left > 0) {
            int reach = oldestFrom(length);
            if (reach < 0) {
                int copies = RowPattern.EMPTY.copies(length, limits);
                long opened = (left - 1) / copies + 1;
                add(new Run(rows, RowPattern.EMPTY.times(opened)));
                rows += opened;
            } else {
                left = fill(remove(reach), length, left);
            }
        }
    }

    /** In the order of the rows. */
    List<RowPattern> patterns() {
        List<Run> runs = new ArrayList<>();
        for (PriorityQueue<Run> queue : byReach) {
            if (queue != null) {
                runs.addAll(queue);
            }
        }
        runs.sort(Comparator.comparingLong(Run::first));
        return runs.stream().map(Run::pattern).toList();
    }

    /** Fills the rows of one run, each as far as it goes: until then it is the oldest fit. */
    private long fill(Run run, int length, long count) {
        RowPattern pattern = run.pattern();
        int copies = pattern.copies(length, limits);
        long full = Math.min(pattern.rows(), count / copies);
        long left = count - full * copies;
        long next = run.first() + full;
        long untouched = pattern.rows() - full;
        if (full > 0) {
            add(new Run(run.first(), pattern.plus(length, copies).times(full)));
        }
        if (untouched > 0 && left > 0) {
            add(new Run(next++, pattern.plus(length, (int) left).times(1)));
            left = 0;
            untouched--;
        }
        if (untouched > 0) {
            add(new Run(next, pattern.times(untouched)));
        }
        return left;
    }

    private void add(Run run) {
        RowPattern pattern = run.pattern();
        int reach = limits.reach(pattern.tokens(), pattern.documents(), pattern.squaredLength());
        if (byReach[reach] == null) {
            byReach[reach] = new PriorityQueue<>(Comparator.comparingLong(Run::first));
        }
        byReach[reach].add(run);
        update(reach);
    }

    private Run remove(int reach) {
        Run run = byReach[reach].remove();
        update(reach);
        return run;
    }

    private void update(int reach) {
        Run first = byReach[reach].peek();
        int node = leaves + reach;
        oldest[node] = first == null ? NONE : first.first();
        for (node /= 2; node >= 1; node /= 2) {
            oldest[node] = Math.min(oldest[2 * node], oldest[2 * node + 1]);
        }
    }

    /** The reach of the oldest run that reaches {@code length}; -1 if none does. */
    private int oldestFrom(int length) {
        int best = 0; // node 0 is none
        for (int from = leaves + length, to = 2 * leaves; from < to; from /= 2, to /= 2) {
            if (from % 2 == 1) {
                best = older(best, from++);
            }
            if (to % 2 == 1) {
                best = older(best, --to);
            }
        }
        if (oldest[best] == NONE) {
            return -1;
        }
        while (best < leaves) {
            best = oldest[2 * best] == oldest[best] ? 2 * best : 2 * best + 1;
        }
        return best - leaves;
    }

    private int older(int a, int b) {
        return oldest[b] < oldest[a] ? b : a;
    }
}
