package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * A regular expression as a hand-written scanner. It looks at nothing before the position asked for, never matches the
 * empty string, and a search that asks for every position costs time proportional to the text.
 */
public interface Pattern {
    /**
     * Matches at one position.
     *
     * @param utf8 the text, which ends at {@code to}
     * @param position less than {@code to}, where a character begins
     * @return the end of the match that begins there; {@code position} if there is none
     */
    int match(byte[] utf8, int position, int to);

    /** Where to look next when no match begins at {@code position}: further on, and beyond no match. */
    default int skip(byte[] utf8, int position, int to) {
        return position + Utf8.lengthAt(utf8, position);
    }
}
