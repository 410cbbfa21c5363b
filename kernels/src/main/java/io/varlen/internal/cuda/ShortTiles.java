package io.varlen.internal.cuda;

import io.varlen.mask.MaskPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Tiles of short sequences: the struct {@code ShortGroup} of {@code attention_short.cuh}, a fixed number of them per tile. A
 * sequence has as many rows as queries times the query heads of a key head. Whole sequences share a tile where both their rows
 * and their keys fit, each from a multiple of 16 on; one that fits no tile has as many as it takes to itself.
 */
final class ShortTiles {
    static final int GROUP_BYTES = 32;
    private static final int GROUP_ROWS = 16;

    /** So many tiles are looked at for room: what is near each other in memory stays near each other in time. */
    private static final int OPEN = 16;

    private final MaskPlan plan;
    private final int groups;
    private final int heads;
    private final List<Tile> tiles = new ArrayList<>();

    /** @param heads query heads per key head */
    private ShortTiles(MaskPlan plan, int groups, int heads) {
        this.plan = plan;
        this.groups = groups;
        this.heads = heads;
    }

    /** The tiles of some sequences, what costs most first. */
    static ByteBuffer of(MaskPlan plan, int groups, int heads, IntPredicate sequences) {
        ShortTiles made = new ShortTiles(plan, groups, heads);
        for (int i = 0; i < plan.queries().count(); i++) {
            if (sequences.test(i) && plan.queries().length(i) > 0) {
                made.add(i);
            }
        }
        return made.bytes();
    }

    private void add(int sequence) {
        int rows = plan.queries().length(sequence) * heads;
        int keys = plan.keys().length(sequence);
        if (groupsOf(rows) <= groups && groupsOf(keys) <= groups) {
            tileFor(groupsOf(rows), groupsOf(keys)).add(sequence, 0, rows);
        } else {
            for (int row = 0; row < rows; row += groups * GROUP_ROWS) {
                Tile own = new Tile();
                own.add(sequence, row, Math.min(rows, row + groups * GROUP_ROWS));
                own.rowGroups = groups; // full
                tiles.add(own);
            }
        }
    }

    private static int groupsOf(int count) {
        return (count + GROUP_ROWS - 1) / GROUP_ROWS;
    }

    /** Of the last tiles with room the fullest, else a new one. */
    private Tile tileFor(int rowGroups, int keyGroups) {
        Tile best = null;
        for (Tile tile : tiles.subList(Math.max(0, tiles.size() - OPEN), tiles.size())) {
            if (tile.rowGroups + rowGroups <= groups
                    && tile.keyGroups + keyGroups <= groups
                    && (best == null || tile.rowGroups > best.rowGroups)) {
                best = tile;
            }
        }
        if (best == null) {
            best = new Tile();
            tiles.add(best);
        }
        return best;
    }

    private ByteBuffer bytes() {
        tiles.sort(Comparator.comparingInt((Tile tile) -> tile.keyGroups).reversed());
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(tiles.size(), groups * GROUP_BYTES))
                .order(ByteOrder.nativeOrder());
        for (Tile tile : tiles) {
            for (Group group : tile.contents) {
                group.write(bytes);
            }
        }
        return bytes.flip();
    }

    private final class Tile {
        private final Group[] contents = new Group[groups];
        private int rowGroups;
        private int keyGroups;

        private Tile() {
            for (int i = 0; i < groups; i++) {
                contents[i] = new Group();
            }
        }

        /** Rows {@code [from, to)} of a sequence, and its keys. */
        private void add(int sequence, int from, int to) {
            int keyBegin = plan.keys().start(sequence);
            int keyEnd = plan.keys().end(sequence);
            for (int row = from; row < to; row += GROUP_ROWS) {
                Group group = contents[rowGroups++];
                group.queryBegin = plan.queries().start(sequence);
                group.rowBegin = row;
                group.rowCount = Math.min(GROUP_ROWS, to - row);
                group.slot = keyGroups * GROUP_ROWS;
                group.keyBegin = keyBegin;
                group.keyEnd = keyEnd;
            }
            for (int key = keyBegin; key < keyEnd; key += GROUP_ROWS) {
                if (keyGroups < groups) { // what is behind comes in later steps
                    contents[keyGroups].copyBegin = key;
                    contents[keyGroups].copyEnd = keyEnd;
                }
                keyGroups++;
            }
        }
    }

    /** As the kernel reads it. */
    private static final class Group {
        private int queryBegin;
        private int rowBegin;
        private int rowCount;
        private int slot;
        private int keyBegin;
        private int keyEnd;
        private int copyBegin;
        private int copyEnd;

        private void write(ByteBuffer to) {
            to.putInt(queryBegin)
                    .putInt(rowBegin)
                    .putInt(rowCount)
                    .putInt(slot)
                    .putInt(keyBegin)
                    .putInt(keyEnd)
                    .putInt(copyBegin)
                    .putInt(copyEnd);
        }
    }
}
