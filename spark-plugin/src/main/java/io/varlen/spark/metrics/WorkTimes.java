package io.varlen.spark.metrics;

import java.io.Serializable;

/**
 * Where the time of tasks went.
 *
 * @param taskNanos from a task's beginning on
 * @param tokenizeNanos of these in tokenizers
 * @param computeNanos of these in models
 * @param waitNanos of these waiting for a device that others use
 * @param splits of batches for which a device had not the memory
 */
public record WorkTimes(long taskNanos, long tokenizeNanos, long computeNanos, long waitNanos, long splits)
        implements Serializable {
    public static final WorkTimes NONE = new WorkTimes(0, 0, 0, 0, 0);

    public WorkTimes plus(WorkTimes other) {
        return new WorkTimes(
                taskNanos + other.taskNanos,
                tokenizeNanos + other.tokenizeNanos,
                computeNanos + other.computeNanos,
                waitNanos + other.waitNanos,
                splits + other.splits);
    }

    /** Which part of all time these nanoseconds are, from 0 to 1; null if there was no time. */
    public Double share(long nanos) {
        return taskNanos == 0 ? null : Double.valueOf((double) nanos / taskNanos);
    }
}
