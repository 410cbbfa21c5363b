package io.varlen.spark.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.TimeUnit;
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

    /** Lets metric systems read them. */
    public static void register(MetricRegistry registry) {
        gauge(registry, "tokens", TOTALS.tokens::sum);
        gauge(registry, "rows", TOTALS.rows::sum);
        gauge(registry, "truncatedTokens", TOTALS.truncated::sum);
        gauge(registry, "batches", TOTALS.batches::sum);
        gauge(registry, "fill", () -> new Fill(TOTALS.batchTokens.sum(), TOTALS.batchRoom.sum()).share());
        gauge(registry, "tokenizeMillis", () -> millis(TOTALS.tokenizing));
        gauge(registry, "computeMillis", () -> millis(TOTALS.computing));
        gauge(registry, "waitMillis", () -> millis(TOTALS.waiting));
        gauge(registry, "outOfMemorySplits", TOTALS.splits::sum);
    }

    private static void gauge(MetricRegistry registry, String name, Gauge<?> gauge) {
        registry.register(name, gauge);
    }

    private static long millis(LongAdder nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos.sum());
    }

    void batch(long tokens, long room) {
        batches.increment();
        batchTokens.add(tokens);
        batchRoom.add(room);
    }
}
