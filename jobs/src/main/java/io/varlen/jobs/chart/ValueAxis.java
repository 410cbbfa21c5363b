package io.varlen.jobs.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The axis that values are read from.
 *
 * @param from the value at its lower end
 * @param to the value at its upper end
 * @param logarithmic whether equal ratios are equally long, else equal differences
 * @param ticks values with a line, in ascending order
 */
record ValueAxis(double from, double to, boolean logarithmic, List<Double> ticks) {
    private static final int MOST_TICKS = 6;

    /** An axis that starts at 0, or at a power of ten below the smallest positive value, and ends behind the largest. */
    static ValueAxis of(double[] values, boolean logarithmic) {
        double most = DoubleStream.of(values).max().orElse(0);
        if (!(most > 0)) {
            return linear(1);
        }
        return logarithmic ? logarithmic(values, most) : linear(most);
    }

    private static ValueAxis linear(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(most / MOST_TICKS)));
        double step = power;
        for (double factor : new double[] {2, 5, 10}) {
            if (most / step > MOST_TICKS) {
                step = factor * power;
            }
        }
        int steps = (int) Math.ceil(most / step * (1 - 1e-12));
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i <= steps; i++) {
            ticks.add(i * step);
        }
        return new ValueAxis(0, steps * step, false, ticks);
    }

    /** The smallest value still gets a bar that can be seen. */
    private static ValueAxis logarithmic(double[] values, double most) {
        double least = DoubleStream.of(values).filter(value -> value > 0).min().orElseThrow();
        int from = (int) Math.floor(Math.log10(least / 1.5));
        int to = (int) Math.ceil(Math.log10(most * (1 - 1e-12)));
        int step = (to - from + MOST_TICKS - 1) / MOST_TICKS;
        List<Double> ticks = new ArrayList<>();
        for (int power = from; power <= to; power += step) {
            ticks.add(Math.pow(10, power));
        }
        return new ValueAxis(Math.pow(10, from), Math.pow(10, to), true, ticks);
    }

    /** Where a value lies between the lower end (0) and the upper end (1). */
    double share(double value) {
        if (logarithmic) {
            return value <= from ? 0 : Math.log(value / from) / Math.log(to / from);
        }
        return (value - from) / (to - from);
    }
}
