package io.varlen.spark.embedding;

import java.io.Serializable;

/**
 * What was embedded.
 *
 * @param documents one output row each
 * @param tokens of the documents, with the special tokens that {@code encode(text)} adds once
 * @param encodedTokens that the model was given, special tokens of every chunk included
 * @param truncatedDocuments documents of which the model did not see all
 * @param truncatedTokens tokens that it did not see
 */
public record EmbeddingCounts(
        long documents, long tokens, long encodedTokens, long truncatedDocuments, long truncatedTokens)
        implements Serializable {
    public static final EmbeddingCounts NONE = new EmbeddingCounts(0, 0, 0, 0, 0);

    public EmbeddingCounts plus(EmbeddingCounts other) {
        return new EmbeddingCounts(
                documents + other.documents,
                tokens + other.tokens,
                encodedTokens + other.encodedTokens,
                truncatedDocuments + other.truncatedDocuments,
                truncatedTokens + other.truncatedTokens);
    }

    EmbeddingCounts plus(DocumentEmbedding row) {
        return plus(new EmbeddingCounts(1, row.nTokens(), 0, row.truncatedTokens() > 0 ? 1 : 0, row.truncatedTokens()));
    }

    EmbeddingCounts withEncodedTokens(long encoded) {
        return new EmbeddingCounts(documents, tokens, encoded, truncatedDocuments, truncatedTokens);
    }
}
