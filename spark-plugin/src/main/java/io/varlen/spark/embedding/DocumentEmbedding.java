package io.varlen.spark.embedding;

/**
 * One output row of {@code embed}.
 *
 * @param docId the document
 * @param nTokens the tokens of the document with the special tokens that {@code encode(text)} adds once
 * @param truncatedTokens how many of {@code nTokens} the model did not see
 * @param embedding {@code [dimension]}; null if the document has no token at all
 */
public record DocumentEmbedding(String docId, long nTokens, long truncatedTokens, float[] embedding) {}
