package io.varlen.tokenizer.internal.unicode;

import java.util.Arrays;
import java.util.Map;

/** An immutable map from a code point to a sequence of code points. */
public final class CodePointMap {
    private static final int PAGE_BITS = 8;

    private final char[] pageOf = new char[(Character.MAX_CODE_POINT + 1) >> PAGE_BITS];
    /** Per code point of a page: 0 for none, else the index in {@link #values} of the length, which the sequence follows. */
    private int[] entries = new int[1 << PAGE_BITS];

    private int[] values = new int[16];
    private int size = 1;

    private CodePointMap() {}

    static CodePointMap of(Map<Integer, int[]> sequences) {
        CodePointMap map = new CodePointMap();
        sequences.forEach((codePoint, sequence) -> map.put(codePoint, sequence));
        return map;
    }

    /** Maps each code point to what {@code replacement} appends for it; no entry where that is the code point itself. */
    public static CodePointMap of(Replacement replacement) {
        CodePointMap map = new CodePointMap();
        CodePointBuffer out = new CodePointBuffer();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            out.clear();
            replacement.append(c, out);
            if (out.size() != 1 || out.get(0) != c) {
                map.put(c, out.toArray());
            }
        }
        return map;
    }

    /** What becomes of a code point. */
    @FunctionalInterface
    public interface Replacement {
        void append(int codePoint, CodePointBuffer out);
    }

    private void put(int codePoint, int[] sequence) {
        int page = codePoint >> PAGE_BITS;
        if (pageOf[page] == 0) {
            pageOf[page] = (char) (entries.length >> PAGE_BITS);
            entries = Arrays.copyOf(entries, entries.length + (1 << PAGE_BITS));
        }
        if (size + 1 + sequence.length > values.length) {
            values = Arrays.copyOf(values, 2 * (size + 1 + sequence.length));
        }
        entries[entryOf(codePoint)] = size;
        values[size] = sequence.length;
        System.arraycopy(sequence, 0, values, size + 1, sequence.length);
        size += 1 + sequence.length;
    }

    private int entryOf(int codePoint) {
        return pageOf[codePoint >> PAGE_BITS] << PAGE_BITS | codePoint & (1 << PAGE_BITS) - 1;
    }

    public boolean contains(int codePoint) {
        return entries[entryOf(codePoint)] != 0;
    }

    /** Appends what {@code codePoint} maps to, which is itself where the map has no entry. */
    public void append(int codePoint, CodePointBuffer out) {
        int at = entries[entryOf(codePoint)];
        if (at == 0) {
            out.add(codePoint);
        } else {
            for (int i = 1; i <= values[at]; i++) {
                out.add(values[at + i]);
            }
        }
    }

    /** The first code point of what {@code codePoint} maps to. */
    int first(int codePoint) {
        int at = entries[entryOf(codePoint)];
        return at == 0 ? codePoint : values[at + 1];
    }
}
