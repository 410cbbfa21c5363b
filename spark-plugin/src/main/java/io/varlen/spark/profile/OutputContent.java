package io.varlen.spark.profile;

/** What the rows of an output are like. */
public sealed interface OutputContent permits PackedContent, EmbeddingContent, ScoreContent, AttentionContent {}
