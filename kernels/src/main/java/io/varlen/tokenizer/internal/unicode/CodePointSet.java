package io.varlen.tokenizer.internal.unicode;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** An immutable set of code points; {@link #contains} costs two array reads. */
public final class CodePointSet {
    private static final int PAGE_BITS = 8;
    private static final int WORDS_OF_PAGE = (1 << PAGE_BITS) >> 6;

    private final char[] pageOf = new char[(Character.MAX_CODE_POINT + 1) >> PAGE_BITS];
    private long[] bits = new long[WORDS_OF_PAGE];

    private CodePointSet() {}

    /** The set of all code points that {@code member} holds for. */
    public CodePointSet(IntPredicate member) {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (member.test(c)) {
                add(c);
            }
        }
    }

    /** @param ranges pairs of first and last code point */
    public static CodePointSet ofRanges(int... ranges) {
        CodePointSet set = new CodePointSet();
        for (int i = 0; i < ranges.length; i += 2) {
            for (int c = ranges[i]; c <= ranges[i + 1]; c++) {
                set.add(c);
            }
        }
        return set;
    }

    private void add(int codePoint) {
        int page = codePoint >> PAGE_BITS;
        if (pageOf[page] == 0) {
            pageOf[page] = (char) (bits.length / WORDS_OF_PAGE);
            bits = Arrays.copyOf(bits, bits.length + WORDS_OF_PAGE);
        }
        bits[wordOf(codePoint)] |= 1L << codePoint;
    }

    private int wordOf(int codePoint) {
        return pageOf[codePoint >> PAGE_BITS] * WORDS_OF_PAGE + (codePoint >> 6 & WORDS_OF_PAGE - 1);
    }

    public boolean contains(int codePoint) {
        return (bits[wordOf(codePoint)] >>> codePoint & 1) != 0;
    }
}
