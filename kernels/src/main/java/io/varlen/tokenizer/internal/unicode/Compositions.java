package io.varlen.tokenizer.internal.unicode;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The pairs that the composed normal forms join. */
final class Compositions {
    private final Map<Long, Integer> composites = new HashMap<>();
    private final CodePointSet seconds;

    /** @param canonical full canonical decompositions of all but the Korean syllables */
    Compositions(Map<Integer, int[]> canonical, CodePointSet excluded) {
        Map<String, Integer> byDecomposition = new HashMap<>();
        canonical.entrySet().stream()
                .filter(entry -> !excluded.contains(entry.getKey()))
                .sorted(Comparator.comparing(entry -> entry.getValue().length))
                .forEach(entry -> {
                    int[] full = entry.getValue();
                    byDecomposition.put(Arrays.toString(full), entry.getKey());
                    String start = Arrays.toString(Arrays.copyOf(full, full.length - 1));
                    int first = full.length == 2 ? full[0] : byDecomposition.get(start);
                    composites.put(pair(first, full[full.length - 1]), entry.getKey());
                });
        Set<Integer> ends = composites.keySet().stream().map(Long::intValue).collect(Collectors.toSet());
        seconds = new CodePointSet(ends::contains);
    }

    /** Whether {@code codePoint} may join one in front of it. */
    boolean mayJoin(int codePoint) {
        return seconds.contains(codePoint) || Hangul.continues(codePoint);
    }

    /** What the two make; -1 if they do not join. */
    int join(int first, int second) {
        if (!mayJoin(second)) {
            return -1;
        }
        int syllable = Hangul.compose(first, second);
        return syllable >= 0 ? syllable : composites.getOrDefault(pair(first, second), -1);
    }

    private static long pair(int first, int second) {
        return (long) first << 32 | second;
    }
}
