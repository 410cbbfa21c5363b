/**
 * The data source {@code varlen}. Start with {@link io.varlen.spark.source.VarlenSource}, which Spark finds by its name;
 * what it writes is a job's ({@link io.varlen.spark.frame.FrameJobs}).
 */
package io.varlen.spark.source;
