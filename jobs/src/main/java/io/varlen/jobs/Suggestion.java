package io.varlen.jobs;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** "Did you mean": the known word nearest to a mistyped one. */
final class Suggestion {
    private Suggestion() {}

    /** The known word that {@code typed} is likely a slip of; empty if none is near. */
    static Optional<String> nearest(String typed, Collection<String> known) {
        int tolerance = Math.max(2, typed.length() / 3);
        return known.stream()
                .filter(word -> distance(typed, word) <= tolerance)
                .min(Comparator.comparingInt(word -> distance(typed, word)));
    }

    /** {@code "; did you mean X?"}, or {@code otherwise} if nothing is near. */
    static String didYouMean(String typed, Collection<String> known, String otherwise) {
        return nearest(typed, known).map(word -> "; did you mean " + word + "?").orElse(otherwise);
    }

    /** Edits that turn one word into the other, a swap of neighbours counting as one; case does not matter. */
    private static int distance(String typed, String word) {
        String a = typed.toLowerCase();
        String b = word.toLowerCase();
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
