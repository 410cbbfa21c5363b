/**
 * Helpers of the jobs, not for users: {@link io.varlen.spark.internal.HadoopConfiguration} takes file system settings to
 * executors, and {@link io.varlen.spark.internal.OncePerPartition} counts exactly once whatever Spark repeats.
 */
package io.varlen.spark.internal;
