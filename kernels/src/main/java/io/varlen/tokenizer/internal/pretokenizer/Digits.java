package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NUMBER;

import io.varlen.tokenizer.internal.unicode.Utf8;

/** {@code \p{N}{1,max}}. */
final class Digits {
    private Digits() {}

    /** The end of the match that begins at {@code position}, where a number character stands. */
    static int match(int max, byte[] utf8, int position, int to) {
        int end = position;
        for (int n = 0; n < max && end < to && (CharClasses.at(utf8, end) & NUMBER) != 0; n++) {
            end += Utf8.lengthAt(utf8, end);
        }
        return end;
    }
}
