package io.varlen.spark.internal;

import java.util.Collection;
import java.util.Comparator;

/** What a mistyped word was likely to be. */
public final class Nearest {
    private Nearest() {}

    /** The known word with the fewest edits between it and {@code typed}. */
    public static String to(String typed, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(word -> editDistance(typed, word)))
                .orElseThrow();
    }

    /** Levenshtein distance without regard to case, one row of the table at a time. */
    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                int substituted = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
