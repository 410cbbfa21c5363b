package io.varlen.tokenizer;

import java.util.Arrays;

/** A growable {@code int[]} of token ids. Reused from text to text by {@link #clear()}; not safe for concurrent use. */
public final class TokenBuffer {
    private int[] ids;
    private int size;

    public TokenBuffer() {
        this(256);
    }

    public TokenBuffer(int capacity) {
        ids = new int[capacity];
    }

    /** Appends one id. */
    public void add(int id) {
        reserve(1);
        ids[size++] = id;
    }

    /** Appends all of {@code more}. */
    public void addAll(int[] more) {
        reserve(more.length);
        System.arraycopy(more, 0, ids, size, more.length);
        size += more.length;
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

    public void clear() {
        size = 0;
    }

    /** Drops the ids from {@code newSize} on. */
    void truncate(int newSize) {
        size = newSize;
    }

    /** A copy of the ids held. */
    public int[] toArray() {
        return Arrays.copyOf(ids, size);
    }

    private void reserve(int more) {
        if (size + (long) more > ids.length) {
            long wanted = Math.max(size + (long) more, ids.length + (ids.length >> 1) + 16L);
            if (size + (long) more > Integer.MAX_VALUE - 8) {
                throw new OutOfMemoryError("one text has more than " + (Integer.MAX_VALUE - 8) + " tokens");
            }
            ids = Arrays.copyOf(ids, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
    }
}
