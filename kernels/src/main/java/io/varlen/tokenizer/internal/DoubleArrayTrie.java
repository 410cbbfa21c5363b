package io.varlen.tokenizer.internal;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;

/**
 * An immutable map from byte strings to ids, searched byte by byte: {@link #child} goes one byte down from a node, {@link
 * #ROOT} first, and {@link #value} tells the id of the string that leads to a node.
 *
 * <p>A double array: the children of node n lie at {@code base[n] + byte}, and {@code parent} says whose child a slot holds.
 */
public final class DoubleArrayTrie {
    public static final int ROOT = 0;
    public static final int NONE = -1;

    /** How many slots a search for room looks at before it gives up on them for all later ones. */
    private static final int PATIENCE = 512;

    private int[] base = new int[1024];
    private int[] parent = new int[1024];
    private int[] values = new int[1024];
    private int firstGap = 1;

    /**
     * @param keys distinct and not empty
     * @param ids the id of each key, none negative
     */
    public DoubleArrayTrie(byte[][] keys, int[] ids) {
        Integer[] order = new Integer[keys.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(keys[a], keys[b]));
        Arrays.fill(parent, NONE);
        Arrays.fill(values, NONE);
        parent[ROOT] = Integer.MIN_VALUE;
        byte[][] sorted = Arrays.stream(order).map(i -> keys[i]).toArray(byte[][]::new);
        Deque<Prefix> todo = new ArrayDeque<>();
        todo.add(new Prefix(ROOT, 0, 0, keys.length));
        while (!todo.isEmpty()) {
            Prefix prefix = todo.poll();
            int first = prefix.first;
            if (first < prefix.end && sorted[first].length == prefix.length) {
                values[prefix.node] = ids[order[first++]];
            }
            if (first < prefix.end) {
                addChildren(sorted, new Prefix(prefix.node, prefix.length, first, prefix.end), todo);
            }
        }
    }

    public static DoubleArrayTrie of(Map<String, Integer> ids) {
        byte[][] keys = ids.keySet().stream().map(TokenTable::utf8).toArray(byte[][]::new);
        return new DoubleArrayTrie(
                keys, ids.values().stream().mapToInt(Integer::intValue).toArray());
    }

    /** The keys {@code [first, end)} share the first {@code length} bytes, which lead to {@code node}. */
    private record Prefix(int node, int length, int first, int end) {}

    private void addChildren(byte[][] keys, Prefix prefix, Deque<Prefix> todo) {
        int depth = prefix.length;
        int[] starts = new int[257];
        int labels = 0;
        for (int i = prefix.first; i < prefix.end; i++) {
            if (i == prefix.first || keys[i][depth] != keys[i - 1][depth]) {
                starts[labels++] = i;
            }
        }
        starts[labels] = prefix.end;
        int room = findRoom(keys, depth, starts, labels);
        base[prefix.node] = room;
        for (int k = 0; k < labels; k++) {
            int child = room + (keys[starts[k]][depth] & 0xFF);
            parent[child] = prefix.node;
            todo.add(new Prefix(child, depth + 1, starts[k], starts[k + 1]));
        }
        while (firstGap < parent.length && parent[firstGap] != NONE) {
            firstGap++;
        }
    }

    /** A base whose slots for all labels are free. */
    private int findRoom(byte[][] keys, int depth, int[] starts, int labels) {
        int first = keys[starts[0]][depth] & 0xFF;
        int from = Math.max(firstGap, first);
        for (int slot = from; ; slot++) {
            reserve(slot + 256);
            int room = slot - first;
            int k = 0;
            while (k < labels && parent[room + (keys[starts[k]][depth] & 0xFF)] == NONE) {
                k++;
            }
            if (k == labels) {
                return room;
            }
            if (slot == from + PATIENCE) {
                // the gaps so far are too few and too narrow to be worth looking at again
                firstGap = slot;
            }
        }
    }

    private void reserve(int slots) {
        int length = parent.length;
        if (slots > length) {
            int longer = Math.max(slots, length + (length >> 1));
            base = Arrays.copyOf(base, longer);
            parent = Arrays.copyOf(parent, longer);
            values = Arrays.copyOf(values, longer);
            Arrays.fill(parent, length, longer, NONE);
            Arrays.fill(values, length, longer, NONE);
        }
    }

    /** The node one byte below {@code node}; {@link #NONE} if no key goes on that way. */
    public int child(int node, byte b) {
        int slot = base[node] + (b & 0xFF);
        return slot < parent.length && parent[slot] == node ? slot : NONE;
    }

    /** The id of the key that leads to {@code node}; {@link #NONE} if none ends there. */
    public int value(int node) {
        return values[node];
    }

    /** The id of {@code key[from, to)}; {@link #NONE} if it is no key. */
    public int find(byte[] key, int from, int to) {
        int node = ROOT;
        for (int at = from; at < to && node >= 0; at++) {
            node = child(node, key[at]);
        }
        return node <= ROOT ? NONE : values[node];
    }
}
