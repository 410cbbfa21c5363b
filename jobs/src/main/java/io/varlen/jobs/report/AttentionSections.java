package io.varlen.jobs.report;

import io.varlen.attention.AttentionStatistic;
import io.varlen.jobs.chart.HeadMap;
import io.varlen.spark.profile.AttentionContent;
import java.util.List;
import java.util.Locale;

/** What only statistics of attention have to show. */
final class AttentionSections {
    private static final String LEAD =
            "One cell per layer and head, the mean over all queries. Values stand in the cells, or"
                    + " appear when one points at them.";

    private final Figures figures;
    private final AttentionContent content;

    AttentionSections(Figures figures, AttentionContent content) {
        this.figures = figures;
        this.content = content;
    }

    List<Section> all() {
        if (content.values().isEmpty()) {
            return List.of();
        }
        Tag maps = Tag.of("div").styled("maps");
        content.values().forEach((statistic, values) -> maps.add(map(statistic, values)));
        return List.of(new Section("heads", "Attention by layer and head", LEAD, maps));
    }

    private int window() {
        return (int) figures.whole("window").orElse(0);
    }

    private Html map(AttentionStatistic statistic, double[][] values) {
        HeadGroups groups = HeadGroups.of(values);
        String title = HeadMap.title(statistic, window());
        Html map = Html.chart(HeadMap.of(statistic, groups.values(), window(), groups.note()));
        return Tag.of(
                "figure",
                Grid.scrolling(map, title),
                Tag.of("figcaption", meaning(statistic)).styled("meaning"));
    }

    private String meaning(AttentionStatistic statistic) {
        String mean = figures.decimal(statistic.name().toLowerCase(Locale.ROOT)).isPresent()
                ? Numbers.decimal(figures.decimal(statistic.name().toLowerCase(Locale.ROOT))
                                .getAsDouble())
                        + " over all heads. "
                : "";
        return mean
                + switch (statistic) {
                    case ENTROPY -> "In nats: 0 where one key has all the attention.";
                    case MEAN_DISTANCE -> "How many tokens away the attended keys are.";
                    case SINK_MASS -> "The share that goes to the first token of the document.";
                    case WINDOW_MASS -> "The share that goes to keys at most " + window() + " tokens away.";
                    case MAX_LOGIT -> "The largest score before the softmax.";
                    case LEAKAGE -> "The share that would go to other documents of the row if nothing told them apart.";
                };
    }
}
