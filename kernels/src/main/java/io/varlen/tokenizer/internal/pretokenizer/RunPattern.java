package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.function.IntPredicate;

/** {@code [set]{1,max}}. */
final class RunPattern implements Pattern {
    private final IntPredicate set;
    private final int max;

    /** Whether a character that begins with this byte may be in the set; exact for ASCII. */
    private final boolean[] mayBegin = new boolean[256];

    /** @param set the code points of the set */
    RunPattern(IntPredicate set, int max) {
        this.set = set;
        this.max = max;
        for (int b = 0; b < 256; b++) {
            mayBegin[b] = b >= 0x80 || set.test(b);
        }
    }

    @Override
    public int match(byte[] utf8, int position, int to) {
        int end = position;
        for (int n = 0; n < max && end < to && mayBegin[utf8[end] & 0xFF]; n++) {
            if (!set.test(Utf8.codePointAt(utf8, end))) {
                break;
            }
            end += Utf8.lengthAt(utf8, end);
        }
        return end;
    }

    @Override
    public int skip(byte[] utf8, int position, int to) {
        int next = position + Utf8.lengthAt(utf8, position);
        while (next < to && !mayBegin[utf8[next] & 0xFF]) {
            next++;
        }
        return next;
    }
}
