package io.varlen.spark.engine;

import io.varlen.model.BatchSplits;
import io.varlen.spark.metrics.TaskMetrics;

/** Counts with the task that computes. */
final class TaskComputeListener implements ComputeListener {
    @Override
    public void waited(long nanos) {
        TaskMetrics.current().waited(nanos);
    }

    @Override
    public void computed(long nanos) {
        TaskMetrics.current().computed(nanos);
        TaskMetrics.current().splits(BatchSplits.take());
    }
}
