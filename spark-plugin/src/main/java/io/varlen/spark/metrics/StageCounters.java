package io.varlen.spark.metrics;

import java.io.ObjectStreamException;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * The accumulators of what the tasks of a stage do, which Spark's web page shows with it. A function that runs in tasks has
 * one as a field ({@link #of} in a job, {@link #here} in what has no job); where it arrives in a task, {@link
 * TaskMetrics#current()} counts in it from then on.
 *
 * <p>Spark counts the attempts that fail or run beside each other, too, so these are for people to watch. What a job reports
 * comes from what it has committed.
 *
 * <p>All are equal: two functions that differ in nothing else give the same result, and a plan may take one for the other.
 */
public final class StageCounters implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Counts nothing. */
    public static final StageCounters NONE = new StageCounters();

    private static final String ATTEMPTS = " (attempts included)";
    private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

    final Counter tokens = new Counter(1);
    final Counter rows = new Counter(1);
    final FillCounter fill = new FillCounter();
    final Counter truncated = new Counter(1);
    final Counter tokenizing = new Counter(MILLISECOND);
    final Counter computing = new Counter(MILLISECOND);
    final Counter waiting = new Counter(MILLISECOND);

    private StageCounters() {}

    /** New ones, for one stage of a job. Called on the driver. */
    public static StageCounters of(SparkContext spark) {
        StageCounters counters = new StageCounters();
        counters.register(spark, counters.tokens, "tokens");
        counters.register(spark, counters.rows, "rows");
        counters.register(spark, counters.fill, "fill");
        counters.register(spark, counters.truncated, "truncated tokens");
        counters.register(spark, counters.tokenizing, "tokenize time, ms");
        counters.register(spark, counters.computing, "compute time, ms");
        counters.register(spark, counters.waiting, "wait time, ms");
        return counters;
    }

    /** New ones where a function is made without a job: of the application that this driver runs, {@link #NONE} elsewhere. */
    public static StageCounters here() {
        SparkEnv env = SparkEnv.get();
        boolean onDriver = env != null && "driver".equals(env.executorId());
        return onDriver ? of(SparkContext.getOrCreate()) : NONE;
    }

    private void register(SparkContext spark, AccumulatorV2<?, ?> counter, String name) {
        spark.register(counter, "varlen " + name + ATTEMPTS);
    }

    private List<AccumulatorV2<?, ?>> all() {
        return List.of(tokens, rows, fill, truncated, tokenizing, computing, waiting);
    }

    /** Spark refuses to send an accumulator that it does not know, and no query is to fail for a count. */
    private Object writeReplace() throws ObjectStreamException {
        return all().stream().allMatch(AccumulatorV2::isRegistered) ? this : new Nothing();
    }

    private Object readResolve() throws ObjectStreamException {
        TaskContext task = TaskContext.get();
        if (task != null) {
            TaskMetrics.of(task).countIn(this);
        }
        return this;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StageCounters;
    }

    @Override
    public int hashCode() {
        return StageCounters.class.hashCode();
    }

    @Override
    public String toString() {
        return "counters";
    }

    /** What {@link #NONE} is on its way. */
    private record Nothing() implements Serializable {
        private Object readResolve() {
            return NONE;
        }
    }
}
