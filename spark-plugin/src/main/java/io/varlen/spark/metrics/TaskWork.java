package io.varlen.spark.metrics;

import java.io.Serializable;
import java.util.Collection;
import java.util.TreeSet;

/**
 * What tasks did and where their time went.
 *
 * @param taskNanos from a task's beginning on
 * @param tokenizeNanos of these in tokenizers
 * @param computeNanos of these in models
 * @param waitNanos of these waiting for a device that others use
 * @param splits of batches for which a device had not the memory
 * @param fill of a model's batches, or of packed rows
 * @param executors the ids of those that ran the tasks
 */
public record TaskWork(
        long taskNanos,
        long tokenizeNanos,
        long computeNanos,
        long waitNanos,
        long splits,
        Fill fill,
        TreeSet<String> executors)
        implements Serializable {
    public static final TaskWork NONE = new TaskWork(0, 0, 0, 0, 0, Fill.NOTHING, new TreeSet<>());

    public TaskWork plus(TaskWork other) {
        TreeSet<String> all = new TreeSet<>(executors);
        all.addAll(other.executors);
        return new TaskWork(
                taskNanos + other.taskNanos,
                tokenizeNanos + other.tokenizeNanos,
                computeNanos + other.computeNanos,
                waitNanos + other.waitNanos,
                splits + other.splits,
                fill.plus(other.fill),
                all);
    }

    public static TaskWork sum(Collection<TaskWork> works) {
        return works.stream().reduce(NONE, TaskWork::plus);
    }

    /** Which part of all time these nanoseconds are, from 0 to 1; null if there was no time. */
    public Double share(long nanos) {
        return taskNanos == 0 ? null : Double.valueOf((double) nanos / taskNanos);
    }
}
