package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.unicode.Utf8;

/** What the splitting expressions do with whitespace; all of these begin at a {@code \s}. */
final class Whitespace {
    private Whitespace() {}

    /** {@code \s+(?!\S)|\s+}: a run leaves its last character to what follows, if it has more than one. */
    static int match(byte[] utf8, int position, int to) {
        return match(utf8, position, CharClasses.runOf(CharClasses.SPACE, utf8, position, to), to);
    }

    /** {@code \s*[\r\n]+|\s+(?!\S)|\s+}: a run with line breaks ends behind the last one. */
    static int matchLines(byte[] utf8, int position, int to) {
        int end = CharClasses.runOf(CharClasses.SPACE, utf8, position, to);
        for (int p = end; p > position; p--) {
            if (utf8[p - 1] == '\n' || utf8[p - 1] == '\r') {
                return p;
            }
        }
        return match(utf8, position, end, to);
    }

    private static int match(byte[] utf8, int position, int end, int to) {
        int last = Utf8.startBefore(utf8, end);
        return end == to || last == position ? end : last;
    }
}
