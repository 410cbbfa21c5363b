package io.varlen.mask;

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
        int queries = plan.queries().total();
        int keys = plan.keys().total();
        int rows = blocks(queries, queryBlock);
        int columns = blocks(keys, keyBlock);
        int[] partial = new int[rows];
        int[] full = new int[rows];
        int[][] partialIndices = new int[rows][];
        int[][] fullIndices = new int[rows][];
        for (int row = 0; row < rows; row++) {
            int queryFrom = row * queryBlock;
            int queryTo = (int) Math.min(queryFrom + (long) queryBlock, queries);
            boolean[] some = new boolean[columns];
            boolean[] all = new boolean[columns];
            int end = blocks(plan.hi(queryTo - 1), keyBlock);
            for (int column = plan.lo(queryFrom) / keyBlock; column < end; column++) {
                int keyFrom = column * keyBlock;
                long seen = visible(plan, queryFrom, queryTo, keyFrom, (int) Math.min(keyFrom + (long) keyBlock, keys));
                all[column] = seen == (long) queryBlock * keyBlock;
                some[column] = seen > 0 && !all[column];
                partial[row] += some[column] ? 1 : 0;
                full[row] += all[column] ? 1 : 0;
            }
            partialIndices[row] = chosenFirst(some);
            fullIndices[row] = chosenFirst(all);
        }
        return new BlockMask(partial, partialIndices, full, fullIndices);
    }

    /** How many pairs of a rectangle are seen. */
    private static long visible(MaskPlan plan, int queryFrom, int queryTo, int keyFrom, int keyTo) {
        MaskPlan.Tile tile = plan.tile(queryFrom, queryTo, keyFrom, keyTo);
        if (tile != MaskPlan.Tile.PARTIAL) {
            return tile == MaskPlan.Tile.FULL ? (queryTo - queryFrom) * (long) (keyTo - keyFrom) : 0;
        }
        long seen = 0;
        for (int q = queryFrom; q < queryTo; q++) {
            int from = Math.max(keyFrom, plan.lo(q));
            int to = Math.min(keyTo, plan.hi(q));
            seen += plan.isDense() ? visible(plan, q, from, to) : Math.max(0, to - from);
        }
        return seen;
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
