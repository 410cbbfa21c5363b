/**
 * From documents' token ids to how likely a language model finds them. Start with {@link
 * io.varlen.spark.scoring.ScoreWindows}, which cuts long documents, {@link io.varlen.spark.scoring.DocumentScorer} and {@link
 * io.varlen.spark.scoring.DocumentScore}.
 */
package io.varlen.spark.scoring;
