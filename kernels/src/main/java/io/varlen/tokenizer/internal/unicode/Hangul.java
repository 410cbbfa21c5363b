package io.varlen.tokenizer.internal.unicode;

/** The arithmetic of Korean syllables (Unicode, section 3.12): a syllable is a leading consonant, a vowel and perhaps a trailing consonant. */
final class Hangul {
    private static final int SYLLABLES = 0xAC00;
    private static final int LEADS = 0x1100;
    private static final int VOWELS = 0x1161;
    private static final int TRAILS = 0x11A7;
    private static final int LEAD_COUNT = 19;
    private static final int VOWEL_COUNT = 21;
    private static final int TRAIL_COUNT = 28;

    private Hangul() {}

    static boolean isSyllable(int codePoint) {
        return codePoint >= SYLLABLES && codePoint < SYLLABLES + LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT;
    }

    /** Whether {@code codePoint} may end a syllable that another code point begins. */
    static boolean continues(int codePoint) {
        return codePoint >= VOWELS && codePoint < VOWELS + VOWEL_COUNT
                || codePoint > TRAILS && codePoint < TRAILS + TRAIL_COUNT;
    }

    static boolean hasTrail(int syllable) {
        return (syllable - SYLLABLES) % TRAIL_COUNT != 0;
    }

    static void decompose(int syllable, CodePointBuffer out) {
        int index = syllable - SYLLABLES;
        out.add(LEADS + index / (VOWEL_COUNT * TRAIL_COUNT));
        out.add(VOWELS + index / TRAIL_COUNT % VOWEL_COUNT);
        if (hasTrail(syllable)) {
            out.add(TRAILS + index % TRAIL_COUNT);
        }
    }

    /** The syllable of the two; -1 if they make none. */
    static int compose(int first, int second) {
        int lead = first - LEADS;
        int vowel = second - VOWELS;
        if (lead >= 0 && lead < LEAD_COUNT && vowel >= 0 && vowel < VOWEL_COUNT) {
            return SYLLABLES + (lead * VOWEL_COUNT + vowel) * TRAIL_COUNT;
        }
        boolean trails = second > TRAILS && second < TRAILS + TRAIL_COUNT;
        return trails && isSyllable(first) && !hasTrail(first) ? first + second - TRAILS : -1;
    }
}
