package io.varlen.tokenizer;

import java.util.Arrays;

/** A growable {@code int[]} of token ids. Reused from text to text by {@link #clear()}; not safe for concurrent use. */
public final class TokenBuffer {
    /** Room that is kept from text to text: 4 MiB. */
    private static final int KEPT = 1 << 20;

    private static final int FIRST = 256;

    private int[] ids;
    private int size;

    public TokenBuffer() {
        this(FIRST);
    }

    public TokenBuffer(int capacity) {
        ids = new int[capacity];
    }

    /** Appends one id. */
    public void add(int id) {
        reserve(1);
        ids[size++] = id;
    }

    /** Appends the first {@code count} of three ids. */
    public void add(int first, int second, int third, int count) {
        reserve(3);
        ids[size] = first;
        ids[size + 1] = second;
        ids[size + 2] = third;
        size += count;
    }

    /** Appends {@code more[from, to)}. */
    public void addAll(int[] more, int from, int to) {
        reserve(to - from);
        System.arraycopy(more, from, ids, size, to - from);
        size += to - from;
    }

    /** Appends all of {@code more}. */
    public void addAll(int[] more) {
        addAll(more, 0, more.length);
    }

    public int size() {
        return size;
    }

    public int get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException("index " + index + " of " + size + " ids");
        }
        return ids[index];
    }

    /** Forgets all ids, and gives back the memory that an unusually long text took. */
    public void clear() {
        size = 0;
        if (ids.length > KEPT) {
            ids = new int[FIRST];
        }
    }

    /** Forgets the ids from {@code newSize} on, which is at most {@link #size()}. */
    public void truncate(int newSize) {
        size = Math.min(size, newSize);
    }

    /** A copy of the ids held. */
    public int[] toArray() {
        return Arrays.copyOf(ids, size);
    }

    int capacity() {
        return ids.length;
    }

    private void reserve(int more) {
        if (ids.length - size < more) {
            grow(more);
        }
    }

    private void grow(int more) {
        if (size + (long) more > Integer.MAX_VALUE - 8) {
            throw new OutOfMemoryError("one text has more than " + (Integer.MAX_VALUE - 8) + " tokens");
        }
        long wanted = Math.max(size + (long) more, ids.length + (ids.length >> 1) + 16L);
        ids = Arrays.copyOf(ids, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
}
