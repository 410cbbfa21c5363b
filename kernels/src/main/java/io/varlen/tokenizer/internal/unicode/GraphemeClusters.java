package io.varlen.tokenizer.internal.unicode;

/**
 * Extended grapheme clusters (UAX #29). Regional indicators are left single: nothing in this project depends on clusters of
 * six bytes and more, which any pair of them makes.
 */
public final class GraphemeClusters {
    private static final CodePointSet EXTEND = Unicode.DATA.set("cluster.extend");
    private static final CodePointSet PREPEND = Unicode.DATA.set("cluster.prepend");
    private static final CodePointSet CONTROL = Unicode.DATA.set("cluster.control");
    private static final CodePointSet PICTOGRAPHIC = Unicode.DATA.set("cluster.pictographic");
    private static final CodePointSet EMOJI_EXTEND = Unicode.DATA.set("cluster.emoji_extend");
    private static final CodePointSet LINKER = Unicode.DATA.set("cluster.linker");
    private static final CodePointSet LINKED_EXTEND = Unicode.DATA.set("cluster.linked_extend");
    private static final CodePointSet CONSONANT = Unicode.DATA.set("cluster.consonant");
    private static final int JOINER = 0x200D;

    private GraphemeClusters() {}

    /** The end of the cluster that starts at {@code from} in {@code utf8[.., to)}. */
    public static int endOf(byte[] utf8, int from, int to) {
        int previous = Utf8.codePointAt(utf8, from);
        int at = from + Utf8.length(previous);
        // the state of the two rules that look further back than one code point
        boolean emoji = PICTOGRAPHIC.contains(previous);
        boolean emojiJoiner = false;
        boolean consonant = CONSONANT.contains(previous);
        boolean linked = false;
        while (at < to) {
            int next = Utf8.codePointAt(utf8, at);
            boolean joins = joins(previous, next)
                    || emojiJoiner && PICTOGRAPHIC.contains(next)
                    || consonant && linked && CONSONANT.contains(next);
            if (!joins) {
                return at;
            }
            emojiJoiner = emoji && next == JOINER;
            emoji = PICTOGRAPHIC.contains(next) || emoji && EMOJI_EXTEND.contains(next);
            linked = consonant && (LINKER.contains(next) || linked && LINKED_EXTEND.contains(next));
            consonant = CONSONANT.contains(next) || consonant && LINKED_EXTEND.contains(next);
            previous = next;
            at += Utf8.length(next);
        }
        return to;
    }

    private static boolean joins(int previous, int next) {
        if (previous == '\r') {
            return next == '\n';
        }
        if (CONTROL.contains(previous) || CONTROL.contains(next)) {
            return false;
        }
        return EXTEND.contains(next) || PREPEND.contains(previous) || Syllables.join(previous, next);
    }

    /** Korean syllables, by their parts. */
    private static final class Syllables {
        private static final int NONE = 0;
        private static final int LEAD = 1;
        private static final int VOWEL = 2;
        private static final int TRAIL = 3;

        static boolean join(int previous, int next) {
            int following = part(next);
            if (following == NONE) {
                return false;
            }
            if (Hangul.isSyllable(previous)) {
                return following == TRAIL && !Hangul.isSyllable(next)
                        || following == VOWEL && !Hangul.hasTrail(previous);
            }
            return switch (part(previous)) {
                case LEAD -> following != TRAIL;
                case VOWEL -> following != LEAD;
                case TRAIL -> following == TRAIL;
                default -> false;
            };
        }

        /** A whole syllable counts as what it starts with. */
        private static int part(int c) {
            if (c >= 0x1100 && c < 0x1160 || c >= 0xA960 && c <= 0xA97C || Hangul.isSyllable(c)) {
                return LEAD;
            }
            if (c >= 0x1160 && c < 0x11A8 || c >= 0xD7B0 && c <= 0xD7C6) {
                return VOWEL;
            }
            return c >= 0x11A8 && c < 0x1200 || c >= 0xD7CB && c <= 0xD7FB ? TRAIL : NONE;
        }
    }
}
