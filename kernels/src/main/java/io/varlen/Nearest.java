package io.varlen;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a mistyped word was likely to be. */
public final class Nearest {
    private Nearest() {}

    /** The known word with the fewest edits between it and {@code typed}; the first of several. */
    public static String to(String typed, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(word -> edits(typed, word)))
                .orElseThrow();
    }

    /** The nearest one if {@code typed} is likely a slip of it: up to two letters, or a third of them, are wrong. Else empty. */
    public static Optional<String> likely(String typed, Collection<String> known) {
        int tolerance = Math.max(2, typed.length() / 3);
        // first by length, as what is typed may be as long as a damaged file
        List<String> near = known.stream()
                .filter(word -> Math.abs(word.length() - typed.length()) <= tolerance)
                .toList();
        return near.isEmpty()
                ? Optional.empty()
                : Optional.of(to(typed, near)).filter(word -> edits(typed, word) <= tolerance);
    }

    /** {@code "; did you mean X?"} for the {@link #likely} one, or {@code otherwise} if there is none. */
    public static String didYouMean(String typed, Collection<String> known, String otherwise) {
        return likely(typed, known).map(word -> "; did you mean " + word + "?").orElse(otherwise);
    }

    /**
     * How many letters are to be put in, left out or replaced to make one word the other, a swap of neighbours counting as
     * one; case does not matter.
     */
    public static int edits(String one, String other) {
        String a = one.toLowerCase(Locale.ROOT);
        String b = other.toLowerCase(Locale.ROOT);
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : step(edits, a, b, i, j);
            }
        }
        return edits[a.length()][b.length()];
    }

    private static int step(int[][] edits, String a, String b, int i, int j) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = Math.min(edits[i - 1][j - 1] + (same ? 0 : 1), 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
    }
}
