package io.varlen.tokenizer.internal.pretokenizer;

/** The English contractions {@code 's|'t|'re|'ve|'m|'ll|'d}. */
final class Contractions {
    private Contractions() {}

    /**
     * The end of the contraction that begins at {@code position}; {@code position} if there is none.
     *
     * @param ignoreCase as {@code (?i:…)}, which takes U+017F LATIN SMALL LETTER LONG S for an s
     */
    static int match(byte[] utf8, int position, int to, boolean ignoreCase) {
        if (to - position < 2 || utf8[position] != '\'') {
            return position;
        }
        int fold = ignoreCase ? 0x20 : 0;
        int first = utf8[position + 1] | fold;
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return position + 2;
        }
        if (to - position < 3) {
            return position;
        }
        int second = utf8[position + 2] | fold;
        if (second == 'e' && (first == 'r' || first == 'v') || second == 'l' && first == 'l') {
            return position + 3;
        }
        return ignoreCase && utf8[position + 1] == (byte) 0xC5 && utf8[position + 2] == (byte) 0xBF
                ? position + 3
                : position;
    }
}
