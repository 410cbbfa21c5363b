package io.varlen.jobs.report;

import io.varlen.spark.profile.Distribution;
import io.varlen.spark.profile.EmbeddingContent;
import io.varlen.spark.profile.NamedValue;
import java.util.ArrayList;
import java.util.List;

/** What only embeddings have to show. */
final class EmbeddingSections {
    /** Norms that differ by less are those of normalised vectors. */
    private static final double SAME = 1e-3;

    private final Figures figures;
    private final EmbeddingContent content;

    EmbeddingSections(Figures figures, EmbeddingContent content) {
        this.figures = figures;
        this.content = content;
    }

    List<Section> all() {
        List<Section> sections = new ArrayList<>();
        if (!content.tokens().isEmpty()) {
            sections.add(lengths());
            sections.add(vectors());
        }
        return sections;
    }

    private Section lengths() {
        Html chart = ChartFigure.histogram(
                "Length of documents", "tokens", "documents", content.tokens(), Bins.ofWhole(content.tokens()), 1, "");
        Distribution cut = content.cut();
        Html loss = cut.isEmpty()
                ? Html.text("")
                : ChartFigure.histogram("What was cut off", "tokens", "documents", cut, Bins.ofWhole(cut), 1, "");
        String lead = cut.isEmpty()
                ? "No document was cut: all fit into the model's " + figures.count("max_length", "token") + "."
                : figures.count("truncated_documents", "document") + " had more than "
                        + figures.count("max_length", "token") + " and lost " + figures.number("truncated_tokens")
                        + " together; --long chunks would embed all of them.";
        Grid longest = new Grid("Longest documents", "document", "tokens");
        for (NamedValue document : content.longest()) {
            longest.addDocument(document.docId(), Numbers.decimal(document.value()));
        }
        return new Section("lengths", "Document lengths", lead, chart, loss, longest.html());
    }

    private Section vectors() {
        Distribution norms = content.norms();
        Grid table = new Grid("Vectors", "", "documents")
                .add("with a finite vector", norms.isEmpty() ? "0" : Numbers.whole(norms.total()))
                .add("with infinity or NaN in it", Numbers.whole(content.notFinite()))
                .add("without a vector", Numbers.whole(content.withoutVector()));
        boolean same = norms.isEmpty() || norms.most() - norms.least() <= SAME * norms.most();
        String lead = norms.isEmpty()
                ? "No document has a finite vector."
                : same
                        ? "All vectors have a Euclidean norm of " + Numbers.decimal(norms.quantile(0.5)) + "."
                        : "Vectors are not normalised: their lengths differ.";
        Html chart = same
                ? Html.text("")
                : ChartFigure.histogram(
                        "Euclidean norm of the vectors", "norm", "documents", norms, Bins.of(norms), 1, "");
        return new Section("vectors", "Vectors", lead, chart, table.html());
    }
}
