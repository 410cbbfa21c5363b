package io.varlen.jobs.chart;

import io.varlen.jobs.chart.Label.Anchor;
import java.util.Arrays;
import java.util.List;

/**
 * Bars side by side, one per bin of values, without their numbers: these are the bars' hints.
 *
 * @param title what it is called; not drawn
 * @param valueAxis what the values are, with their unit
 * @param countAxis what is counted
 * @param labels of the bins' edges, from the first one's lower to the last one's upper, or of the bins; an empty one is
 *     not drawn, nor is one that would be over another
 * @param bins their names, for the hints
 * @param counts how many there are in each bin
 * @param width in pixels; at least {@value #LEAST_WIDTH}
 */
public record Histogram(
        String title,
        String valueAxis,
        String countAxis,
        List<String> labels,
        List<String> bins,
        long[] counts,
        int width)
        implements Chart {

    /** Where axis and bars still have room. */
    public static final int LEAST_WIDTH = 240;

    private static final int LEFT = 52;
    private static final int RIGHT = 14;
    private static final int ABOVE = 24;
    private static final int BELOW = 46;
    private static final int PLOT_HEIGHT = 180;
    private static final int TEXT = 12;
    private static final int SPACE = 10;
    private static final int WIDEST_BAR = 96;
    private static final double LEAST_HEIGHT = 1.5;

    public Histogram {
        labels = List.copyOf(labels);
        bins = List.copyOf(bins);
        counts = counts.clone();
        if (counts.length == 0
                || bins.size() != counts.length
                || labels.size() - counts.length > 1
                || labels.size() < counts.length) {
            throw new IllegalArgumentException("a histogram of " + counts.length + " counts, " + bins.size()
                    + " bins and " + labels.size() + " labels");
        }
        if (width < LEAST_WIDTH || Arrays.stream(counts).anyMatch(count -> count < 0)) {
            throw new IllegalArgumentException("a histogram " + width + " wide, or with a negative count");
        }
    }

    @Override
    public int height() {
        return ABOVE + PLOT_HEIGHT + BELOW;
    }

    @Override
    public void draw(Surface surface) {
        double[] values = Arrays.stream(counts).asDoubleStream().toArray();
        ValueAxis axis = ValueAxis.of(values, false);
        surface.text(Label.of(countAxis, 0, 12, Anchor.START, TEXT).in(Palette.FAINT_INK));
        for (double tick : axis.ticks()) {
            if (tick == Math.rint(tick)) { // of things that are counted there is no half
                double y = bottom() - axis.share(tick) * PLOT_HEIGHT;
                surface.line(LEFT, y, width - RIGHT, y, tick == 0 ? Palette.INK : Palette.GRID);
                surface.text(Label.of(Label.number(tick), LEFT - 8, y + 4, Anchor.END, TEXT)
                        .in(Palette.FAINT_INK));
            }
        }
        double bar = Math.min(WIDEST_BAR, (width - LEFT - RIGHT) / (double) counts.length);
        for (int i = 0; i < counts.length; i++) {
            double share = axis.share(counts[i]) * PLOT_HEIGHT;
            double high = counts[i] == 0 ? 0 : Math.max(LEAST_HEIGHT, share); // one of a million is seen
            String hint = bins.get(i) + ": " + String.format(java.util.Locale.ROOT, "%,d", counts[i]);
            surface.rectangle(LEFT + i * bar, bottom() - high, Math.max(1, bar - 1), high, Palette.SERIES.get(0), hint);
        }
        drawLabels(surface, bar);
        surface.text(Label.of(valueAxis, LEFT + (width - LEFT - RIGHT) / 2.0, height() - 8, Anchor.MIDDLE, TEXT)
                .in(Palette.FAINT_INK));
    }

    /** From the left, each that has room behind the one before it. */
    private void drawLabels(Surface surface, double bar) {
        double free = 0;
        double first = labels.size() > counts.length ? LEFT : LEFT + bar / 2;
        for (int i = 0; i < labels.size(); i++) {
            double half = Label.width(labels.get(i), TEXT) / 2;
            double x = Math.min(first + i * bar, width - half);
            if (!labels.get(i).isEmpty() && x - half >= free) {
                surface.text(Label.of(labels.get(i), x, bottom() + 18, Anchor.MIDDLE, TEXT)
                        .in(Palette.FAINT_INK));
                free = x + half + SPACE;
            }
        }
    }

    private double bottom() {
        return ABOVE + PLOT_HEIGHT;
    }
}
