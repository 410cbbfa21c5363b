package io.varlen.spark.profile;

import java.util.List;

/**
 * Embeddings.
 *
 * @param tokens per document
 * @param cut tokens that documents were cut by, of those that were
 * @param norms Euclidean norms of the vectors that are finite
 * @param notFinite documents whose vector holds infinity or NaN
 * @param withoutVector documents that have none
 * @param longest the documents with the most tokens, the longest first
 */
public record EmbeddingContent(
        Distribution tokens,
        Distribution cut,
        Distribution norms,
        long notFinite,
        long withoutVector,
        List<NamedValue> longest)
        implements OutputContent {}
