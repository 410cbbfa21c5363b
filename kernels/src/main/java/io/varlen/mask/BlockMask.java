package io.varlen.mask;

import java.util.Arrays;

/**
 * The block lists that FlexAttention takes, under its names: for each block of queries the blocks of keys of which it sees a
 * part, and those of which it sees all. Queries and keys count in the packed axes, as one row of a batch; blocks that reach
 * over an end of an axis are never full. The same as {@code create_block_mask} makes of the mask, without a look at most pairs.
 *
 * @param kvNumBlocks {@code [Q blocks]}: how many key blocks are seen in part
 * @param kvIndices {@code [Q blocks, KV blocks]}: these first, then all others, both in order
 * @param fullKvNumBlocks {@code [Q blocks]}: how many key blocks are seen as a whole
 * @param fullKvIndices {@code [Q blocks, KV blocks]}: likewise
 */
public record BlockMask(int[] kvNumBlocks, int[][] kvIndices, int[] fullKvNumBlocks, int[][] fullKvIndices) {

    /**
     * @param queryBlock queries per block; FlexAttention's default is 128
     * @param keyBlock keys per block
     */
    public static BlockMask of(MaskPlan plan, int queryBlock, int keyBlock) {
        if (queryBlock < 1 || keyBlock < 1) {
            throw new IllegalArgumentException("blocks of " + queryBlock + " queries and " + keyBlock + " keys");
        }
        int rows = blocks(plan.queries().total(), queryBlock);
        int columns = blocks(plan.keys().total(), keyBlock);
        int[] partial = new int[rows];
        int[] full = new int[rows];
        int[][] partialIndices = new int[rows][];
        int[][] fullIndices = new int[rows][];
        long[] seen = new long[columns];
        for (int row = 0; row < rows; row++) {
            Arrays.fill(seen, 0);
            int end = (int) Math.min((row + 1L) * queryBlock, plan.queries().total());
            for (int q = row * queryBlock; q < end; q++) {
                count(plan, q, keyBlock, seen);
            }
            boolean[] some = new boolean[columns];
            boolean[] all = new boolean[columns];
            for (int column = 0; column < columns; column++) {
                all[column] = seen[column] == (long) queryBlock * keyBlock;
                some[column] = seen[column] > 0 && !all[column];
                partial[row] += some[column] ? 1 : 0;
                full[row] += all[column] ? 1 : 0;
            }
            partialIndices[row] = chosenFirst(some);
            fullIndices[row] = chosenFirst(all);
        }
        return new BlockMask(partial, partialIndices, full, fullIndices);
    }

    /** Adds the keys that a query sees of each block. */
    private static void count(MaskPlan plan, int q, int keyBlock, long[] seen) {
        for (int from = plan.lo(q); from < plan.hi(q); ) {
            int block = from / keyBlock;
            int to = (int) Math.min((block + 1L) * keyBlock, plan.hi(q));
            seen[block] += plan.isDense() ? visible(plan, q, from, to) : to - from;
            from = to;
        }
    }

    private static int visible(MaskPlan plan, int q, int from, int to) {
        int visible = 0;
        for (int key = from; key < to; key += Long.SIZE) {
            long bits = plan.visibleBits(q, key);
            visible += Long.bitCount(to - key < Long.SIZE ? bits & (1L << to - key) - 1 : bits);
        }
        return visible;
    }

    private static int[] chosenFirst(boolean[] chosen) {
        int[] order = new int[chosen.length];
        int count = 0;
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i]) {
                order[count++] = i;
            }
        }
        for (int i = 0; i < chosen.length; i++) {
            if (!chosen[i]) {
                order[count++] = i;
            }
        }
        return order;
    }

    private static int blocks(int tokens, int size) {
        return (int) ((tokens - 1L + size) / size);
    }
}
