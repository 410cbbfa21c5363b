package io.varlen.tokenizer.internal.bpe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Byte-pair encoding as its definition reads, on strings. */
final class NaiveBpe {
    private NaiveBpe() {}

    /** Merges the pair of the lowest rank, and of its places the leftmost one, until there is none. */
    static List<String> merge(String word, Map<List<String>, Integer> ranks) {
        List<String> parts = new ArrayList<>();
        word.codePoints().forEach(c -> parts.add(Character.toString(c)));
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Integer rank = ranks.get(parts.subList(i, i + 2));
                if (rank != null && (best < 0 || rank < ranks.get(parts.subList(best, best + 2)))) {
                    best = i;
                }
            }
            if (best < 0) {
                return parts;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }
}
