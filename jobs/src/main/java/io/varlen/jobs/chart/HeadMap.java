package io.varlen.jobs.chart;

import io.varlen.attention.AttentionStatistic;
import java.util.List;
import java.util.stream.IntStream;

/** The heat map of one statistic of attention, layers by heads. */
public final class HeadMap {
    private HeadMap() {}

    /**
     * Makes it.
     *
     * @param values {@code [layers][heads]}
     * @param window the tokens that count as near
     */
    public static HeatMap of(AttentionStatistic statistic, double[][] values, int window, String note) {
        return new HeatMap(
                title(statistic, window),
                note,
                "layer",
                "head",
                unit(statistic),
                names(values.length),
                names(values[0].length),
                values);
    }

    /** What the statistic is called. */
    public static String title(AttentionStatistic statistic, int window) {
        return switch (statistic) {
            case ENTROPY -> "Entropy of attention";
            case MEAN_DISTANCE -> "Mean distance of attention";
            case SINK_MASS -> "Attention on the first token";
            case WINDOW_MASS -> "Attention within " + window + " tokens";
            case MAX_LOGIT -> "Largest attention score";
            case LEAKAGE -> "Attention that would cross document borders";
        };
    }

    /** What its values are counted in. */
    public static String unit(AttentionStatistic statistic) {
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
