package io.varlen.spark.metrics;

import org.apache.spark.util.AccumulatorV2;

/** A sum, shown in a coarser unit than it is counted in, because counts may each be smaller than what is shown. */
final class Counter extends AccumulatorV2<Long, Long> {
    private static final long serialVersionUID = 1L;

    private final long unit;
    private long sum;

    /** @param unit how many of what is counted are one of what is shown */
    Counter(long unit) {
        this.unit = unit;
    }

    void add(long count) {
        sum += count;
    }

    @Override
    public void add(Long count) {
        sum += count;
    }

    @Override
    public void merge(AccumulatorV2<Long, Long> other) {
        sum += ((Counter) other).sum;
    }

    @Override
    public Long value() {
        return sum / unit;
    }

    @Override
    public boolean isZero() {
        return sum == 0;
    }

    @Override
    public Counter copy() {
        Counter copy = new Counter(unit);
        copy.sum = sum;
        return copy;
    }

    @Override
    public void reset() {
        sum = 0;
    }
}
