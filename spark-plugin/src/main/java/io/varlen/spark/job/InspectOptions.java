package io.varlen.spark.job;

/**
 * What {@code inspect} is asked to do.
 *
 * @param input the folder of a packed dataset, on any Hadoop file system
 * @param rowId the row to show; null for the first one
 */
public record InspectOptions(String input, Long rowId) {}
