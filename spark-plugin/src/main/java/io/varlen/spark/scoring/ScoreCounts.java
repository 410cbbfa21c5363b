package io.varlen.spark.scoring;

import java.io.Serializable;

/**
 * What was scored.
 *
 * @param documents one output row each
 * @param tokens of the documents, with the special tokens that {@code encode(text)} adds
 * @param scoredTokens those that follow another in their document
 * @param encodedTokens that the model was given, the context of every window included
 * @param nll the sum over all scored tokens
 */
public record ScoreCounts(long documents, long tokens, long scoredTokens, long encodedTokens, double nll)
        implements Serializable {
    public static final ScoreCounts NONE = new ScoreCounts(0, 0, 0, 0, 0);

    /** Of all documents together: {@code exp(nll / scoredTokens)}; null if nothing was scored. */
    public Double perplexity() {
        return DocumentScore.perplexity(nll, scoredTokens);
    }

    public ScoreCounts plus(ScoreCounts other) {
        return new ScoreCounts(
                documents + other.documents,
                tokens + other.tokens,
                scoredTokens + other.scoredTokens,
                encodedTokens + other.encodedTokens,
                nll + other.nll);
    }

    ScoreCounts plus(DocumentScore row) {
        return plus(new ScoreCounts(1, row.nTokens(), row.nScored(), 0, row.nll()));
    }

    ScoreCounts withEncodedTokens(long encoded) {
        return new ScoreCounts(documents, tokens, scoredTokens, encoded, nll);
    }
}
