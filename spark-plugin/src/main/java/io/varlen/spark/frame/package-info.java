/**
 * Documents of DataFrames: in rows that get results, and as the input of jobs. Start with
 * {@link io.varlen.spark.frame.FrameJob}, which has all options by name, {@link io.varlen.spark.frame.FrameJobs}, which runs a
 * job on a DataFrame, and {@link io.varlen.spark.frame.FrameReader}, which reads what a job wrote.
 */
package io.varlen.spark.frame;
