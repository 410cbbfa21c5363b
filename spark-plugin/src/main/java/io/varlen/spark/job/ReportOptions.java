package io.varlen.spark.job;

/**
 * What {@code report} is to look at.
 *
 * @param input the output folder of a job, on any Hadoop file system
 */
public record ReportOptions(String input) {}
