/**
 * From rows of documents to how a model's heads spread their attention. Start with {@link
 * io.varlen.spark.statistics.RowSource}, which samples packed rows or texts, {@link io.varlen.spark.statistics.HeadStatistics},
 * which gives them to a model and listens, and {@link io.varlen.spark.statistics.HeadSums}, whose sums are exact.
 */
package io.varlen.spark.statistics;
