package io.varlen.jobs.report;

import io.varlen.jobs.chart.Strips.Piece;
import java.util.List;
import java.util.Locale;

/** What the colours of pieces mean. */
final class Legend {
    private Legend() {}

    /** One line for each piece that is not empty; nothing where there is only one. */
    static Html of(List<Piece> pieces) {
        if (pieces.stream().filter(piece -> piece.size() > 0).count() < 2) {
            return Html.text("");
        }
        Tag legend = Tag.of("ul").styled("legend");
        pieces.stream()
                .filter(piece -> piece.size() > 0)
                .forEach(piece -> legend.add(
                        Tag.of("li", piece.hint()).styled(piece.kind().name().toLowerCase(Locale.ROOT))));
        return legend;
    }
}
