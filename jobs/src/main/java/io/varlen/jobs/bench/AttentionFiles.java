package io.varlen.jobs.bench;

import io.varlen.InvalidInputException;
import io.varlen.jobs.bench.TilingExperiment.Cost;
import io.varlen.jobs.bench.TilingExperiment.Result;
import io.varlen.jobs.chart.BarChart;
import io.varlen.jobs.chart.BarChart.Bar;
import io.varlen.jobs.chart.BarChart.Series;
import io.varlen.jobs.chart.Chart;
import io.varlen.jobs.chart.Charts;
import io.varlen.jobs.chart.NoPngException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Puts the figures of {@code bench attention} into a folder. */
public final class AttentionFiles {
    private final Path folder;

    /**
     * Makes the folder, before anything is measured for it.
     *
     * @throws InvalidInputException if it cannot be written to
     */
    public AttentionFiles(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "writable", null));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /**
     * Writes {@code attention.md}, a CSV file per table, and each chart as SVG and, where Java can draw, as PNG.
     *
     * @param notes hears what could not be written, and why
     * @throws InvalidInputException if the folder cannot be written to
     */
    public void write(AttentionFigures figures, Consumer<String> notes) {
        Map<String, Chart> charts = charts(figures);
        try {
            Files.writeString(folder.resolve("attention.md"), figures.text());
            Files.writeString(
                    folder.resolve("layouts.csv"), figures.layoutTable().csv());
            Files.writeString(
                    folder.resolve("tiling.csv"), figures.tilingTable().csv());
            for (var chart : charts.entrySet()) {
                Files.writeString(folder.resolve(chart.getKey() + ".svg"), Charts.svg(chart.getValue()));
            }
            writePngs(charts, notes);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private InvalidInputException unwritable(IOException e) {
        return new InvalidInputException("--output " + folder + " cannot be written to (" + e + ")", e);
    }

    private void writePngs(Map<String, Chart> charts, Consumer<String> notes) throws IOException {
        try {
            for (var chart : charts.entrySet()) {
                Files.write(folder.resolve(chart.getKey() + ".png"), Charts.png(chart.getValue()));
            }
        } catch (NoPngException e) {
            notes.accept(e.getMessage());
        }
    }

    /** By the names of their files. */
    static Map<String, Chart> charts(AttentionFigures figures) {
        Map<String, Chart> charts = new LinkedHashMap<>();
        charts.put(
                "layouts-speed",
                layoutChart(
                        figures,
                        "Real tokens per second by layout",
                        "tokens/s",
                        LayoutExperiment.Result::tokensPerSecond));
        charts.put(
                "layouts-memory",
                layoutChart(
                        figures,
                        "Memory by layout",
                        "peak MB of " + figures.layouts().memory(),
                        result -> result.peakBytes() / AttentionFigures.MB));
        charts.put(
                "tiling-time",
                tilingChart(
                        figures,
                        "Time of attention: scores materialised, and in tiles",
                        "µs per token",
                        result -> cost -> 1e6 * cost.seconds() / result.tokens()));
        charts.put(
                "tiling-memory",
                tilingChart(
                        figures,
                        "Memory of attention: scores materialised, and in tiles",
                        "MB",
                        result -> cost -> cost.bytes() / AttentionFigures.MB));
        return charts;
    }

    private static Chart layoutChart(
            AttentionFigures figures, String title, String axis, ToDoubleFunction<LayoutExperiment.Result> value) {
        List<LayoutExperiment.Result> results = figures.layouts().results();
        List<Bar> bars = results.stream()
                .map(result -> Bar.of(value.applyAsDouble(result)))
                .toList();
        return new BarChart(
                title,
                "SmolLM2-135M's shape, " + figures.layouts().shape().layers() + " layers; " + figures.conditions(),
                "layout",
                axis,
                false,
                results.stream().map(result -> result.layout().title()).toList(),
                List.of(new Series(axis, bars)));
    }

    private static Chart tilingChart(
            AttentionFigures figures, String title, String axis, Function<Result, ToDoubleFunction<Cost>> value) {
        TilingExperiment.Setting setting = figures.tiling().setting();
        List<Result> results = figures.tiling().results();
        return new BarChart(
                title,
                setting.heads() + " heads of " + setting.headDim() + ", " + setting.layers() + " layers, batches of "
                        + results.get(0).batch() + " down to "
                        + results.get(results.size() - 1).batch() + "; "
                        + figures.conditions(),
                "tokens per sequence",
                axis,
                true,
                results.stream()
                        .map(result -> Integer.toString(result.length()))
                        .toList(),
                List.of(
                        series("standard (scores materialised)", results, Result::standard, value),
                        series("tiled (flash)", results, Result::tiled, value)));
    }

    private static Series series(
            String name,
            List<Result> results,
            Function<Result, Cost> way,
            Function<Result, ToDoubleFunction<Cost>> value) {
        return new Series(
                name,
                results.stream()
                        .map(result -> bar(way.apply(result), value.apply(result)))
                        .toList());
    }

    private static Bar bar(Cost cost, ToDoubleFunction<Cost> value) {
        return cost.reason() == null ? Bar.of(value.applyAsDouble(cost)) : Bar.missing(cost.reason());
    }
}
