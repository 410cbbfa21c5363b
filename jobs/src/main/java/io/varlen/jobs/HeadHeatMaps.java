package io.varlen.jobs;

import io.varlen.attention.AttentionStatistic;
import io.varlen.jobs.chart.Chart;
import io.varlen.jobs.chart.Charts;
import io.varlen.jobs.chart.HeadMap;
import io.varlen.jobs.chart.HeatMap;
import io.varlen.jobs.chart.NoPngException;
import io.varlen.spark.job.AttendOptions;
import io.varlen.spark.statistics.HeadCharts;
import io.varlen.spark.statistics.HeadSums;
import io.varlen.spark.statistics.HeadTable;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

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
        return HeadMap.of(statistic, values, options.window(), note);
    }
}
