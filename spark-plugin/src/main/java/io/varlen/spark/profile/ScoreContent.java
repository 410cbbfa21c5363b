package io.varlen.spark.profile;

import java.util.List;

/**
 * Scores of documents.
 *
 * @param tokens per document
 * @param perplexities of the documents that have a finite one
 * @param notFinite documents whose perplexity is infinite or NaN
 * @param unscored documents of which nothing was scored
 * @param lowest the documents with the lowest perplexities, the lowest first
 * @param highest the documents with the highest perplexities, the highest first
 */
public record ScoreContent(
        Distribution tokens,
        Distribution perplexities,
        long notFinite,
        long unscored,
        List<NamedValue> lowest,
        List<NamedValue> highest)
        implements OutputContent {}
