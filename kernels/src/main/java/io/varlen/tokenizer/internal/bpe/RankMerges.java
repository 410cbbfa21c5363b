package io.varlen.tokenizer.internal.bpe;

/**
 * Turns tiktoken's ranks into merges of pairs.
 *
 * <p>A token can come to be from one pair of parts only: merges inside it do not depend on what surrounds it, so its parts
 * are the two that merging its own bytes leads to before the last merge. A token for which that ends with more than two
 * parts can only be a whole piece.
 */
final class RankMerges {
    private final byte[][] tokens;
    private final TokenIndex ranks;

    /** Where the parts of the token at hand begin, and where the last one ends. */
    private int[] bounds = new int[64];

    private int parts;

    RankMerges(byte[][] tokens) {
        this.tokens = tokens;
        this.ranks = new TokenIndex(tokens);
    }

    MergeTable toTable() {
        MergeTable merges = new MergeTable(tokens.length);
        for (int rank = 0; rank < tokens.length; rank++) {
            byte[] token = tokens[rank];
            if (token != null && token.length > 1) {
                mergeToTwo(token);
                if (parts == 2) {
                    int left = ranks.find(token, 0, bounds[1]);
                    int right = ranks.find(token, bounds[1], token.length);
                    merges.put(left, right, rank, rank);
                }
            }
        }
        return merges;
    }

    private void mergeToTwo(byte[] token) {
        parts = token.length;
        bounds = bounds.length > parts ? bounds : new int[2 * parts];
        for (int i = 0; i <= parts; i++) {
            bounds[i] = i;
        }
        while (parts > 2) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 2 <= parts; i++) {
                int rank = ranks.find(token, bounds[i], bounds[i + 2]);
                if (rank >= 0 && rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return;
            }
            System.arraycopy(bounds, best + 2, bounds, best + 1, parts - best - 1);
            parts--;
        }
    }
}
