package io.varlen.tokenizer.internal.unicode;

import java.util.Arrays;

/** A growable {@code int[]} of code points, reused from text to text; not safe for concurrent use. */
public final class CodePointBuffer {
    private int[] codePoints = new int[8];
    private int size;

    public int size() {
        return size;
    }

    public int get(int index) {
        return codePoints[index];
    }

    public void set(int index, int codePoint) {
        codePoints[index] = codePoint;
    }

    public void clear() {
        size = 0;
    }

    /** Forgets everything from {@code newSize} on. */
    public void truncate(int newSize) {
        size = newSize;
    }

    public CodePointBuffer add(int codePoint) {
        if (size == codePoints.length) {
            codePoints = Arrays.copyOf(codePoints, size * 2);
        }
        codePoints[size++] = codePoint;
        return this;
    }

    int[] toArray() {
        return Arrays.copyOf(codePoints, size);
    }
}
