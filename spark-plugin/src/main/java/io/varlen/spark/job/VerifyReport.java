package io.varlen.spark.job;

import java.util.List;

/**
 * The outcome of {@code verify}.
 *
 * @param job with all figures
 * @param damaged how many findings there are; 0 if the dataset is sound
 * @param findings the first ones
 */
public record VerifyReport(JobReport job, long damaged, List<Finding> findings) {}
