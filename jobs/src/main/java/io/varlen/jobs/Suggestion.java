package io.varlen.jobs;

import io.varlen.Nearest;
import java.util.Collection;

/** "Did you mean": the known word nearest to a mistyped one. */
final class Suggestion {
    private Suggestion() {}

    /** {@code "; did you mean X?"}, or {@code otherwise} if nothing is near. */
    static String didYouMean(String typed, Collection<String> known, String otherwise) {
        return Nearest.likely(typed, known)
                .map(word -> "; did you mean " + word + "?")
                .orElse(otherwise);
    }
}
