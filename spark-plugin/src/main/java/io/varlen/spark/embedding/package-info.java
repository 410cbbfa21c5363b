/**
 * From documents' token ids to one vector each. Start with {@link io.varlen.spark.embedding.DocumentEmbedder}, which
 * batches the model's inputs to a token budget, {@link io.varlen.spark.embedding.LongDocuments}, and {@link
 * io.varlen.spark.embedding.DocumentEmbedding}.
 */
package io.varlen.spark.embedding;
