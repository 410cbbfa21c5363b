package io.varlen.tokenizer.internal.description;

import java.util.Map;

/** A {@code model}. */
public sealed interface ModelSpec {
    /**
     * @param vocabulary token to id; no id twice
     * @param mergeLefts the left token of each merge, in the order of ranks
     * @param mergeRights the right token of each merge
     * @param unkToken null if there is none
     * @param continuingSubwordPrefix empty if there is none
     * @param endOfWordSuffix empty if there is none
     */
    record Bpe(
            Map<String, Integer> vocabulary,
            String[] mergeLefts,
            String[] mergeRights,
            String unkToken,
            String continuingSubwordPrefix,
            String endOfWordSuffix,
            boolean fuseUnk,
            boolean byteFallback,
            boolean ignoreMerges)
            implements ModelSpec {}

    record WordPiece(
            Map<String, Integer> vocabulary, String unkToken, String continuingSubwordPrefix, int maxInputCharsPerWord)
            implements ModelSpec {}

    record WordLevel(Map<String, Integer> vocabulary, String unkToken) implements ModelSpec {}

    /**
     * @param tokens the token of each id
     * @param scores the score of each id
     * @param unkId -1 if there is none
     */
    record Unigram(String[] tokens, double[] scores, int unkId, boolean byteFallback) implements ModelSpec {}
}
