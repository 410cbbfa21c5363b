package io.varlen.jobs;

import io.varlen.packing.PackingForecast;
import io.varlen.spark.job.PlanReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ways to pack side by side, for people. */
final class PlanTable {
    private static final List<String> TITLES = List.of(
            "seq_len",
            "strategy",
            "rows",
            "filled",
            "padding",
            "lost",
            "split documents",
            "segments/row",
            "Σ length²/row");

    private PlanTable() {}

    static String of(PlanReport report) {
        Figures figures = new Figures(report.job());
        List<List<String>> lines = new ArrayList<>(List.of(TITLES));
        report.forecasts().forEach(forecast -> lines.add(cells(forecast)));
        StringBuilder text = new StringBuilder();
        text.append(figures.count("documents", "document")).append(" of ");
        text.append(figures.count("tokens", "token")).append(", the longest of ");
        text.append(figures.number("longest_document")).append("\n\n");
        int[] widths = new int[TITLES.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                text.append("  ").append(" ".repeat(widths[i] - line.get(i).length()));
                text.append(line.get(i));
            }
            text.append('\n');
        }
        if (report.forecasts().stream().anyMatch(PackingForecast::sampled)) {
            text.append("\n  ~ from a run over a sample, in a random order\n");
        }
        return text.toString();
    }

    private static List<String> cells(PackingForecast forecast) {
        String about = forecast.sampled() ? "~" : "";
        long came = forecast.packedTokens() - forecast.repeatedTokens() + forecast.lostTokens();
        double rows = Math.max(1, forecast.rows());
        return List.of(
                Table.number(forecast.limits().seqLen()),
                forecast.strategy().optionName(),
                about + Table.number(forecast.rows()),
                percent(forecast.efficiency()),
                percent(1 - forecast.efficiency()),
                percent(came == 0 ? 0 : (double) forecast.lostTokens() / came),
                Table.number(forecast.splitDocuments()),
                String.format(
                        Locale.ROOT, "%.1f, at most %,d", forecast.segments() / rows, forecast.largestSegmentCount()),
                Table.number(Math.round(forecast.squaredLength() / rows)));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.3f %%", 100 * share);
    }
}
