package io.varlen.spark.internal;

import java.io.Serializable;
import java.util.BitSet;
import java.util.function.BinaryOperator;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * Sums one contribution per partition of one RDD, exactly once.
 *
 * <p>Spark itself promises that only for tasks that end a job: a map stage's accumulators are counted again for each
 * attempt that succeeds. Here each contribution remembers its partition, and later ones of the same partition, which a
 * deterministic task makes equal, are dropped.
 *
 * @param <T> the contribution; adding changes neither operand but the left one
 */
public final class OncePerPartition<T extends Serializable> extends AccumulatorV2<T, T> {
    /** Adds the right contribution to the left one. */
    public interface Merger<T> extends BinaryOperator<T>, Serializable {}

    private final Merger<T> merger;
    private final BitSet partitions = new BitSet();
    private T total;

    public OncePerPartition(Merger<T> merger) {
        this.merger = merger;
    }

    /** Adds the contribution of the running task's partition. Called once, at the end of the partition. */
    @Override
    public void add(T contribution) {
        int partition = TaskContext.getPartitionId();
        if (!partitions.get(partition)) {
            partitions.set(partition);
            include(contribution);
        }
    }

    @Override
    public void merge(AccumulatorV2<T, T> other) {
        OncePerPartition<T> attempt = (OncePerPartition<T>) other;
        if (!attempt.isZero() && !partitions.intersects(attempt.partitions)) {
            partitions.or(attempt.partitions);
            include(attempt.total);
        }
    }

    /** The sum, null if there is no contribution. */
    @Override
    public T value() {
        return total;
    }

    @Override
    public boolean isZero() {
        return partitions.isEmpty();
    }

    @Override
    public AccumulatorV2<T, T> copy() {
        OncePerPartition<T> copy = new OncePerPartition<>(merger);
        copy.partitions.or(partitions);
        copy.total = total;
        return copy;
    }

    @Override
    public void reset() {
        partitions.clear();
        total = null;
    }

    private void include(T contribution) {
        total = total == null ? contribution : merger.apply(total, contribution);
    }
}
