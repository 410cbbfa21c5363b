package io.varlen.jobs.chart;

import io.varlen.jobs.chart.Label.Anchor;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Bars in groups: one group per category, in it one bar per series.
 *
 * @param title one line above
 * @param note a smaller line below it, such as the conditions of a measurement; may be empty
 * @param categoryAxis what the categories are
 * @param valueAxis what the values are, with their unit
 * @param logarithmic whether the values' axis is
 * @param categories the groups' names
 * @param series at most {@value #MOST_SERIES}; each has one bar per category
 */
public record BarChart(
        String title,
        String note,
        String categoryAxis,
        String valueAxis,
        boolean logarithmic,
        List<String> categories,
        List<Series> series)
        implements Chart {

    /** As many as there are colours that can be told apart. */
    public static final int MOST_SERIES = 7;

    /**
     * Bars of one colour.
     *
     * @param bars one per category
     */
    public record Series(String name, List<Bar> bars) {
        public Series {
            bars = List.copyOf(bars);
        }
    }

    /**
     * A value, or why there is none.
     *
     * @param value not negative and finite; nothing if there is a reason
     * @param reason null if there is a value
     */
    public record Bar(double value, String reason) {
        public Bar {
            if (reason == null && !(value >= 0 && value < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("a bar of " + value + "; it must be finite and not negative");
            }
        }

        public static Bar of(double value) {
            return new Bar(value, null);
        }

        /** @param reason a few words, such as {@code out of memory} */
        public static Bar missing(String reason) {
            return new Bar(0, Objects.requireNonNull(reason));
        }
    }

    private static final int LEFT = 76;
    private static final int RIGHT = 24;
    private static final int BELOW = 62;
    private static final int PLOT_HEIGHT = 320;
    private static final int TEXT = 12;
    private static final int SMALL = 11;
    private static final int LEGEND_LINE = 20;
    private static final int WIDEST_BAR = 90;
    private static final int MOST_WIDTH = 1400;

    public BarChart {
        categories = List.copyOf(categories);
        series = List.copyOf(series);
        if (categories.isEmpty() || series.isEmpty() || series.size() > MOST_SERIES) {
            throw new IllegalArgumentException("a bar chart of " + categories.size() + " categories and "
                    + series.size() + " series; there must be a category, and from 1 to " + MOST_SERIES + " series");
        }
        for (Series one : series) {
            if (one.bars().size() != categories.size()) {
                throw new IllegalArgumentException("the series " + one.name() + " has "
                        + one.bars().size() + " bars for " + categories.size() + " categories");
            }
        }
    }

    @Override
    public int width() {
        double group = Math.max(series.size() * 34, longest(categories) + 8) + 24;
        int plot = (int) Math.ceil(categories.size() * group);
        int chart = LEFT + Math.min(Math.max(plot, 560), MOST_WIDTH) + RIGHT;
        return Math.max(chart, Heading.width(title, note, MOST_WIDTH));
    }

    @Override
    public int height() {
        return above() + PLOT_HEIGHT + BELOW;
    }

    @Override
    public void draw(Surface surface) {
        ValueAxis axis = ValueAxis.of(
                bars().filter(bar -> bar.reason() == null)
                        .mapToDouble(Bar::value)
                        .toArray(),
                logarithmic);
        Heading.draw(surface, this, note);
        if (series.size() > 1) {
            drawLegend(surface);
        }
        drawAxis(surface, axis);
        for (int category = 0; category < categories.size(); category++) {
            drawGroup(surface, axis, category);
        }
        surface.line(LEFT, bottom(), width() - RIGHT, bottom(), Palette.INK);
        surface.text(Label.of(categoryAxis, LEFT + plotWidth() / 2, height() - 16, Anchor.MIDDLE, TEXT));
    }

    private void drawLegend(Surface surface) {
        double x = LEFT;
        double y = Heading.height(note) + 12;
        for (int i = 0; i < series.size(); i++) {
            double width = legendWidth(series.get(i));
            if (x > LEFT && x + width > width() - RIGHT) {
                x = LEFT;
                y += LEGEND_LINE;
            }
            surface.rectangle(x, y - 10, 12, 12, Palette.SERIES.get(i), null);
            surface.text(Label.of(series.get(i).name(), x + 18, y, Anchor.START, TEXT));
            x += width;
        }
    }

    private void drawAxis(Surface surface, ValueAxis axis) {
        for (double tick : axis.ticks()) {
            double y = bottom() - axis.share(tick) * PLOT_HEIGHT;
            surface.line(LEFT, y, width() - RIGHT, y, Palette.GRID);
            surface.text(Label.of(Label.number(tick), LEFT - 8, y + 4, Anchor.END, SMALL)
                    .in(Palette.FAINT_INK));
        }
        surface.text(Label.of(valueAxis, 20, bottom() - PLOT_HEIGHT / 2.0, Anchor.MIDDLE, TEXT)
                .asUpright());
    }

    private void drawGroup(Surface surface, ValueAxis axis, int category) {
        double group = plotWidth() / categories.size();
        double gap = Math.max(Math.min(24, group / 4), group - series.size() * WIDEST_BAR);
        double width = (group - gap) / series.size();
        double left = LEFT + category * group + gap / 2;
        for (int i = 0; i < series.size(); i++) {
            Bar bar = series.get(i).bars().get(category);
            double x = left + i * width;
            if (bar.reason() == null) {
                drawBar(surface, axis, bar, x, width, i, series.get(i).name() + ", " + categories.get(category));
            } else {
                surface.rectangle(
                        x + 1, bottom() - PLOT_HEIGHT, width - 2, PLOT_HEIGHT, Palette.NO_FIGURE, bar.reason());
                String reason = Label.fitted("no figure: " + bar.reason(), SMALL, PLOT_HEIGHT - 16);
                surface.text(Label.of(reason, x + width / 2 + 4, bottom() - 8, Anchor.START, SMALL)
                        .in(Palette.FAINT_INK)
                        .asUpright());
            }
        }
        String name = Label.fitted(categories.get(category), TEXT, group - 4);
        surface.text(Label.of(name, left + (group - gap) / 2, bottom() + 20, Anchor.MIDDLE, TEXT));
    }

    private void drawBar(Surface surface, ValueAxis axis, Bar bar, double x, double width, int colour, String name) {
        double height = axis.share(bar.value()) * PLOT_HEIGHT;
        String value = Label.number(bar.value());
        surface.rectangle(x + 1, bottom() - height, width - 2, height, Palette.SERIES.get(colour), name + ": " + value);
        surface.text(Label.of(value, x + width / 2, bottom() - height - 5, Anchor.MIDDLE, valueSize(width)));
    }

    /** As large as lets every value stand over its own bar, but not larger than can be read. */
    private double valueSize(double width) {
        double longest = bars().filter(bar -> bar.reason() == null)
                .mapToDouble(bar -> Label.width(Label.number(bar.value()), 1))
                .max()
                .orElse(1);
        return Math.max(7.5, Math.min(SMALL, width / longest));
    }

    private Stream<Bar> bars() {
        return series.stream().flatMap(one -> one.bars().stream());
    }

    private double longest(List<String> texts) {
        return texts.stream().mapToDouble(text -> Label.width(text, TEXT)).max().orElse(0);
    }

    private double legendWidth(Series one) {
        return 18 + Label.width(one.name(), TEXT) + 20;
    }

    private double plotWidth() {
        return width() - LEFT - RIGHT;
    }

    private double bottom() {
        return height() - BELOW;
    }

    /** What stands above the plot: the heading, the legend's lines, and room for a value over the highest bar. */
    private int above() {
        int lines = 1;
        double x = 0;
        for (Series one : series) {
            double width = legendWidth(one);
            if (x > 0 && x + width > plotWidth()) {
                x = 0;
                lines++;
            }
            x += width;
        }
        return Heading.height(note) + (series.size() > 1 ? lines * LEGEND_LINE : 0) + 24;
    }
}
