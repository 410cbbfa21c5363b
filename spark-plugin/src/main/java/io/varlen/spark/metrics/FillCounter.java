package io.varlen.spark.metrics;

import org.apache.spark.util.AccumulatorV2;

/** A share as an accumulator: its parts are summed, not their quotients. */
final class FillCounter extends AccumulatorV2<Fill, Fill> {
    private static final long serialVersionUID = 1L;

    private Fill fill = Fill.NOTHING;

    @Override
    public void add(Fill more) {
        fill = fill.plus(more);
    }

    @Override
    public void merge(AccumulatorV2<Fill, Fill> other) {
        fill = fill.plus(other.value());
    }

    @Override
    public Fill value() {
        return fill;
    }

    @Override
    public boolean isZero() {
        return fill.equals(Fill.NOTHING);
    }

    @Override
    public FillCounter copy() {
        FillCounter copy = new FillCounter();
        copy.fill = fill;
        return copy;
    }

    @Override
    public void reset() {
        fill = Fill.NOTHING;
    }
}
