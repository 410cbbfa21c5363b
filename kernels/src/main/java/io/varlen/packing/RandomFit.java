package io.varlen.packing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * {@link PackingStrategy#RANDOM_FIT}: rows are kept by the longest piece that they can take, with a Fenwick tree of their
 * numbers, so that a draw among those that can take a given piece costs the logarithm of the row's length.
 */
final class RandomFit implements RowFit {
    private final RowLimits limits;
    private final Random random;
    private final List<RowPattern> rows = new ArrayList<>();
    private final Bucket[] byReach;
    private final int[] tree; // over reaches from 1
    private int open;

    /** Numbers of rows, in no order that matters. */
    private static final class Bucket {
        private int[] rows = new int[4];
        private int size;

        void add(int row) {
            rows = size == rows.length ? Arrays.copyOf(rows, 2 * size) : rows;
            rows[size++] = row;
        }

        int take(int index) {
            int row = rows[index];
            rows[index] = rows[--size];
            return row;
        }
    }

    RandomFit(RowLimits limits, Random random) {
        this.limits = limits;
        this.random = random;
        this.byReach = new Bucket[limits.seqLen() + 1];
        this.tree = new int[limits.seqLen() + 1];
    }

    @Override
    public int place(int slots) {
        int tooFull = openBelow(slots);
        int row = open == tooFull ? rows.size() : take(tooFull + random.nextInt(open - tooFull));
        if (row == rows.size()) {
            rows.add(RowPattern.EMPTY);
        }
        RowPattern contents = rows.get(row).plus(slots, 1);
        // only sums matter from now on: the lengths before would be kept in memory for nothing
        rows.set(row, new RowPattern(null, contents.tokens(), contents.documents(), contents.squaredLength(), 1));
        int reach = limits.reach(contents.tokens(), contents.documents(), contents.squaredLength());
        if (reach > 0) {
            byReach[reach] = byReach[reach] == null ? new Bucket() : byReach[reach];
            byReach[reach].add(row);
            count(reach, 1);
        }
        return row;
    }

    /** Takes out the row that {@code index} open ones come before, by reach. */
    private int take(int index) {
        int reach = 0;
        int left = index;
        for (int step = Integer.highestOneBit(tree.length - 1); step > 0; step /= 2) {
            if (reach + step < tree.length && tree[reach + step] <= left) {
                reach += step;
                left -= tree[reach];
            }
        }
        count(reach + 1, -1);
        return byReach[reach + 1].take(left);
    }

    /** How many rows are open, but not to a piece of so many slots. */
    private int openBelow(int slots) {
        int sum = 0;
        for (int i = slots - 1; i > 0; i -= i & -i) {
            sum += tree[i];
        }
        return sum;
    }

    private void count(int reach, int change) {
        open += change;
        for (int i = reach; i < tree.length; i += i & -i) {
            tree[i] += change;
        }
    }
}
