package io.varlen.jobs.report;

import io.varlen.spark.profile.NamedValue;
import io.varlen.spark.profile.ScoreContent;
import java.util.ArrayList;
import java.util.List;

/** What only scores have to show. */
final class ScoreSections {
    private final Figures figures;
    private final ScoreContent content;

    ScoreSections(Figures figures, ScoreContent content) {
        this.figures = figures;
        this.content = content;
    }

    List<Section> all() {
        List<Section> sections = new ArrayList<>();
        if (!content.perplexities().isEmpty()) {
            sections.add(perplexities());
        }
        if (!content.tokens().isEmpty()) {
            Html chart = ChartFigure.histogram(
                    "Length of documents",
                    "tokens",
                    "documents",
                    content.tokens(),
                    Bins.ofWhole(content.tokens()),
                    1,
                    "");
            sections.add(new Section("lengths", "Document lengths", "", chart));
        }
        return sections;
    }

    private Section perplexities() {
        String missing = content.unscored() + content.notFinite() == 0
                ? ""
                : " " + Numbers.count(content.unscored(), "document") + " had nothing to score, "
                        + Numbers.whole(content.notFinite()) + " a perplexity that is not finite.";
        Html chart = ChartFigure.histogram(
                "Perplexity of documents",
                "perplexity",
                "documents",
                content.perplexities(),
                Bins.of(content.perplexities()),
                1,
                "");
        Tag tables = Tag.of(
                        "div", named("Least perplexing", content.lowest()), named("Most perplexing", content.highest()))
                .styled("side-by-side");
        return new Section(
                "perplexity",
                "Perplexity",
                "How surprised the model was: " + perplexity() + " over all scored tokens." + missing,
                chart,
                tables);
    }

    private String perplexity() {
        return figures.decimal("perplexity").isPresent()
                ? Numbers.decimal(figures.decimal("perplexity").getAsDouble())
                : "–";
    }

    private static Html named(String caption, List<NamedValue> documents) {
        Grid table = new Grid(caption, "document", "perplexity");
        documents.forEach(document -> table.addDocument(document.docId(), Numbers.decimal(document.value())));
        return table.html();
    }
}
