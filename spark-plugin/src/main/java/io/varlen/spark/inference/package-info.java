/**
 * What every job does that gives documents to a model. Start with {@link io.varlen.spark.inference.TokenSource}, which
 * deals documents' token ids to units, from text or from packed rows; {@link io.varlen.spark.inference.InputBatches}, which
 * lays inputs end to end up to a token budget; and {@link io.varlen.spark.inference.ParquetRows}, which writes what comes out.
 */
package io.varlen.spark.inference;
