package io.varlen.jobs;

import io.varlen.attention.AttentionStatistic;
import io.varlen.jobs.chart.Chart;
import io.varlen.jobs.chart.Charts;
import io.varlen.jobs.chart.HeatMap;
import io.varlen.jobs.chart.NoPngException;
import io.varlen.spark.job.AttendOptions;
import io.varlen.spark.statistics.HeadCharts;
import io.varlen.spark.statistics.HeadSums;
import io.varlen.spark.statistics.HeadTable;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One heat map per attention statistic, layers by heads, as SVG and, where Java can draw, as PNG. */
final class HeadHeatMaps implements HeadCharts {
    private final AttendOptions options;
    private final Png png;

    /** Draws a chart as PNG. */
    interface Png {
        byte[] of(Chart chart) throws NoPngException;
    }

    HeadHeatMaps(AttendOptions options) {
        this(options, Charts::png);
    }

    HeadHeatMaps(AttendOptions options, Png png) {
        this.options = options;
        this.png = png;
    }

    @Override
    public Map<String, byte[]> draw(HeadTable table, Consumer<String> notes) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        boolean works = true;
        for (AttentionStatistic statistic : AttentionStatistic.values()) {
            if (table.has(statistic)) {
                HeatMap map = heatMap(table, statistic);
                String name = "_" + HeadTable.column(statistic);
                files.put(name + ".svg", Charts.svg(map).getBytes(StandardCharsets.UTF_8));
                works = works && addPng(files, name, map, notes);
            }
        }
        return files;
    }

    private boolean addPng(Map<String, byte[]> files, String name, HeatMap map, Consumer<String> notes) {
        try {
            files.put(name + ".png", png.of(map));
            return true;
        } catch (NoPngException e) {
            notes.accept(e.getMessage());
            return false;
        }
    }

    private HeatMap heatMap(HeadTable table, AttentionStatistic statistic) {
        HeadSums sums = table.sums();
        double[][] values = new double[sums.layers()][sums.heads()];
        for (int layer = 0; layer < sums.layers(); layer++) {
            for (int head = 0; head < sums.heads(); head++) {
                values[layer][head] = table.mean(layer, head, statistic);
            }
        }
        String note = options.documents().model().name() + ", mean over " + Table.number(sums.queries())
                + " queries of " + Table.number(sums.rows()) + " rows";
        return new HeatMap(
                title(statistic),
                note,
                "layer",
                "head",
                unit(statistic),
                names(sums.layers()),
                names(sums.heads()),
                values);
    }

    private String title(AttentionStatistic statistic) {
        return switch (statistic) {
            case ENTROPY -> "Entropy of attention";
            case MEAN_DISTANCE -> "Mean distance of attention";
            case SINK_MASS -> "Attention on the first token";
            case WINDOW_MASS -> "Attention within " + options.window() + " tokens";
            case MAX_LOGIT -> "Largest attention score";
            case LEAKAGE -> "Attention that would cross document borders";
        };
    }

    private static String unit(AttentionStatistic statistic) {
        return switch (statistic) {
            case ENTROPY -> "nats";
            case MEAN_DISTANCE -> "tokens";
            case MAX_LOGIT -> "score";
            case SINK_MASS, WINDOW_MASS, LEAKAGE -> "share of attention";
        };
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }
}
