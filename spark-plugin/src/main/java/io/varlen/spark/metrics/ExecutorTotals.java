package io.varlen.spark.metrics;

import java.util.concurrent.atomic.LongAdder;

/** What the tasks of this process have done since it began, whatever became of them. */
public final class ExecutorTotals {
    /** The process's own. */
    static final ExecutorTotals TOTALS = new ExecutorTotals();

    final LongAdder tokens = new LongAdder();
    final LongAdder rows = new LongAdder();
    final LongAdder batches = new LongAdder();
    final LongAdder batchTokens = new LongAdder();
    final LongAdder batchRoom = new LongAdder();
    final LongAdder truncated = new LongAdder();
    final LongAdder tokenizing = new LongAdder();
    final LongAdder computing = new LongAdder();
    final LongAdder waiting = new LongAdder();
    final LongAdder splits = new LongAdder();

    private ExecutorTotals() {}

    void batch(long tokens, long room) {
        batches.increment();
        batchTokens.add(tokens);
        batchRoom.add(room);
    }
}
