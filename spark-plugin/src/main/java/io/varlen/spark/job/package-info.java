/**
 * What the commands do. A job is {@code new XJob(spark, options, progress).run()}, which gives a {@link
 * io.varlen.spark.job.JobReport}. Start with {@link io.varlen.spark.job.PackJob} and its {@link
 * io.varlen.spark.job.PackOptions}; a {@link io.varlen.spark.job.JobProgress} hears how far it is.
 */
package io.varlen.spark.job;
