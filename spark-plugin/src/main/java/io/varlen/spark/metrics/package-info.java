/**
 * What is seen of the work from outside. Start with {@link io.varlen.spark.metrics.TaskMetrics}, which code in a task calls,
 * {@link io.varlen.spark.metrics.StageCounters}, which brings its counts to the driver, and {@link
 * io.varlen.spark.metrics.ExecutorTotals}, which keeps them for the whole process.
 */
package io.varlen.spark.metrics;
