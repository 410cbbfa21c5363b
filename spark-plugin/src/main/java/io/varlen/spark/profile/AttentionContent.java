package io.varlen.spark.profile;

import io.varlen.attention.AttentionStatistic;
import java.util.Map;

/**
 * Statistics of attention.
 *
 * @param queries that the values are means over
 * @param values {@code [layers][heads]} of each statistic that there are values of
 */
public record AttentionContent(long queries, Map<AttentionStatistic, double[][]> values) implements OutputContent {}
