package io.varlen.jobs.report;

import io.varlen.jobs.chart.Chart;
import io.varlen.jobs.chart.Histogram;
import io.varlen.spark.profile.Distribution;
import java.util.function.IntFunction;

/** Charts with their captions. One that can be of any width is there twice, for broad screens and for narrow ones. */
final class ChartFigure {
    static final int BROAD = 920;
    static final int NARROW = 300;

    private ChartFigure() {}

    /**
     * A figure.
     *
     * @param caption empty where the section's heading says enough
     * @param below the figures themselves, or null
     */
    static Html of(String caption, IntFunction<Chart> chart, Html below) {
        Tag figure = caption.isEmpty() ? Tag.of("figure") : Tag.of("figure", Tag.of("figcaption", caption));
        figure.add(Tag.of("div", Html.chart(chart.apply(BROAD))).styled("broad"));
        figure.add(Tag.of("div", Html.chart(chart.apply(NARROW))).styled("narrow"));
        return below == null ? figure : figure.add(below);
    }

    /**
     * A histogram with its quantiles, and its counts as a table.
     *
     * @param factor what values are multiplied by to be shown, 100 for shares in per cent
     * @param unit of the shown values, for quantiles
     */
    static Html histogram(
            String caption,
            String valueAxis,
            String countAxis,
            Distribution values,
            Bins bins,
            double factor,
            String unit) {
        long[] counts = values.between(bins.edges());
        Grid table = new Grid(caption, valueAxis, countAxis);
        for (int i = 0; i < counts.length; i++) {
            table.add(bins.names().get(i), Numbers.whole(counts[i]));
        }
        Tag details = Tag.of("details", Tag.of("summary", "The same as a table"), table.html());
        return of(
                caption,
                width -> new Histogram(
                        caption + ", a histogram", valueAxis, countAxis, bins.labels(), bins.names(), counts, width),
                Tag.of("div", quantiles(values, factor, unit), details));
    }

    private static Html quantiles(Distribution values, double factor, String unit) {
        String[][] quantiles = {
            {"smallest", "0"},
            {"5 %", "0.05"},
            {"25 %", "0.25"},
            {"median", "0.5"},
            {"75 %", "0.75"},
            {"95 %", "0.95"},
            {"largest", "1"}
        };
        Tag list = Tag.of("dl").styled("quantiles");
        for (String[] quantile : quantiles) {
            double value = factor * values.quantile(Double.parseDouble(quantile[1]));
            list.add(Tag.of("div", Tag.of("dt", quantile[0]), Tag.of("dd", Numbers.decimal(value) + unit)));
        }
        return list;
    }
}
