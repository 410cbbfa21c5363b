package io.varlen.tokenizer.internal.unicode;

import java.util.HashMap;
import java.util.Map;

/**
 * The normal forms of Unicode (UAX #15) over the same data as {@link Unicode}. A code point that the data does not know stays
 * as it is and is no mark.
 *
 * <p>Text can be normalized piecewise: {@link #startsPiece} tells where a piece begins, and a piece of one {@link #isInert}
 * code point is its own normal form.
 */
public enum Normalization {
    NFD(false, false),
    NFKD(true, false),
    NFC(false, true),
    NFKC(true, true);

    private static final CodePointMap CANONICAL = CodePointMap.of(Unicode.DATA.sequences("canonical"));
    private static final CodePointMap COMPATIBILITY = CodePointMap.of(Unicode.DATA.sequences("compatibility"));
    private static final CodePointMap COMBINING_CLASS = CodePointMap.of(combiningClasses());
    private static final CodePointSet EXCLUDED = Unicode.DATA.set("composition_exclusion");
    private static final Compositions COMPOSITIONS = new Compositions(Unicode.DATA.sequences("canonical"), EXCLUDED);

    private final boolean compatibility;
    private final boolean compose;
    private CodePointSet continuing;

    Normalization(boolean compatibility, boolean compose) {
        this.compatibility = compatibility;
        this.compose = compose;
    }

    static {
        for (Normalization form : values()) {
            form.continuing = new CodePointSet(form::continues);
        }
    }

    /** Whether what precedes {@code codePoint} in a text neither changes with it nor changes it. */
    public boolean startsPiece(int codePoint) {
        return codePoint < 0x300 || !continuing.contains(codePoint);
    }

    /** Whether {@code codePoint} alone is its own normal form. */
    public boolean isInert(int codePoint) {
        if (codePoint < 0xA0) {
            return true;
        }
        if (compatibility && COMPATIBILITY.contains(codePoint)) {
            return false;
        }
        return compose
                ? !EXCLUDED.contains(codePoint)
                : !CANONICAL.contains(codePoint) && !Hangul.isSyllable(codePoint);
    }

    /** Appends the normal form of {@code text} to {@code out}, as if nothing preceded it there. */
    public void normalize(CodePointBuffer text, CodePointBuffer out) {
        int start = out.size();
        for (int i = 0; i < text.size(); i++) {
            decompose(text.get(i), out);
        }
        reorder(out, start);
        if (compose) {
            compose(out, start);
        }
    }

    private boolean continues(int codePoint) {
        CodePointBuffer form = new CodePointBuffer();
        decompose(codePoint, form);
        int first = form.get(0);
        return combiningClass(first) != 0 || compose && COMPOSITIONS.mayJoin(first);
    }

    private void decompose(int codePoint, CodePointBuffer out) {
        if (codePoint < 0xA0) {
            out.add(codePoint);
        } else if (Hangul.isSyllable(codePoint)) {
            Hangul.decompose(codePoint, out);
        } else if (compatibility && COMPATIBILITY.contains(codePoint)) {
            COMPATIBILITY.append(codePoint, out);
        } else {
            CANONICAL.append(codePoint, out);
        }
    }

    /** Sorts each run of marks by combining class, stably. */
    private static void reorder(CodePointBuffer text, int from) {
        int at = from;
        while (at < text.size()) {
            int start = at;
            boolean sorted = true;
            int previous = 0;
            for (int k; at < text.size() && (k = combiningClass(text.get(at))) != 0; at++) {
                sorted &= previous <= k;
                previous = k;
            }
            if (!sorted) {
                sortByClass(text, start, at);
            }
            at++;
        }
    }

    /** A counting sort, because a run of marks may be as long as the text. */
    private static void sortByClass(CodePointBuffer text, int from, int to) {
        int[] next = new int[257];
        for (int i = from; i < to; i++) {
            next[combiningClass(text.get(i)) + 1]++;
        }
        for (int k = 0; k < 256; k++) {
            next[k + 1] += next[k];
        }
        int[] sorted = new int[to - from];
        for (int i = from; i < to; i++) {
            sorted[next[combiningClass(text.get(i))]++] = text.get(i);
        }
        for (int i = from; i < to; i++) {
            text.set(i, sorted[i - from]);
        }
    }

    private static void compose(CodePointBuffer text, int from) {
        int starter = -1;
        int previousClass = 0;
        int kept = from;
        for (int i = from; i < text.size(); i++) {
            int codePoint = text.get(i);
            int k = combiningClass(codePoint);
            boolean blocked = starter < 0 || starter != kept - 1 && previousClass >= k;
            int joined = blocked ? -1 : COMPOSITIONS.join(text.get(starter), codePoint);
            if (joined >= 0) {
                text.set(starter, joined);
                continue;
            }
            if (k == 0) {
                starter = kept;
            }
            previousClass = k;
            text.set(kept++, codePoint);
        }
        text.truncate(kept);
    }

    private static int combiningClass(int codePoint) {
        return codePoint >= 0x300 && COMBINING_CLASS.contains(codePoint) ? COMBINING_CLASS.first(codePoint) : 0;
    }

    private static Map<Integer, int[]> combiningClasses() {
        Map<Integer, int[]> classes = new HashMap<>();
        for (String value : Unicode.DATA.namesAfter("combining_class.")) {
            int[] ranges = Unicode.DATA.ranges("combining_class." + value);
            for (int i = 0; i < ranges.length; i += 2) {
                for (int c = ranges[i]; c <= ranges[i + 1]; c++) {
                    classes.put(c, new int[] {Integer.parseInt(value)});
                }
            }
        }
        return classes;
    }
}
