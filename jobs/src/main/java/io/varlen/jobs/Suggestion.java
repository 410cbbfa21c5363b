package io.varlen.jobs;

import io.varlen.Nearest;
import java.util.Collection;
import java.util.Optional;

/** "Did you mean": the known word nearest to a mistyped one. */
final class Suggestion {
    private Suggestion() {}

    /** The known word that {@code typed} is likely a slip of; empty if none is near. */
    static Optional<String> nearest(String typed, Collection<String> known) {
        int tolerance = Math.max(2, typed.length() / 3);
        Optional<String> nearest = known.isEmpty() ? Optional.empty() : Optional.of(Nearest.to(typed, known));
        return nearest.filter(word -> Nearest.edits(typed, word) <= tolerance);
    }

    /** {@code "; did you mean X?"}, or {@code otherwise} if nothing is near. */
    static String didYouMean(String typed, Collection<String> known, String otherwise) {
        return nearest(typed, known).map(word -> "; did you mean " + word + "?").orElse(otherwise);
    }
}
