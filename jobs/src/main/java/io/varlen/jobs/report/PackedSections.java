package io.varlen.jobs.report;

import io.varlen.jobs.chart.Strips;
import io.varlen.jobs.chart.Strips.Kind;
import io.varlen.jobs.chart.Strips.Piece;
import io.varlen.jobs.chart.Strips.Strip;
import io.varlen.spark.dataset.Manifest.PackingEntry;
import io.varlen.spark.profile.Distribution;
import io.varlen.spark.profile.PackedContent;
import io.varlen.spark.profile.PackedContent.SampledRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What only a packed dataset has to show. */
final class PackedSections {
    private static final String SHARES = " %";

    private final PackingEntry packing;
    private final PackedContent content;

    PackedSections(PackingEntry packing, PackedContent content) {
        this.packing = packing;
        this.content = content;
    }

    List<Section> all() {
        List<Section> sections = new ArrayList<>();
        if (packing.rows() > 0) {
            sections.add(rows());
            sections.add(fill());
        }
        if (lengths().total() > 0) {
            sections.add(lengthSection());
        }
        return sections;
    }

    /** Shares of the rows' slots that hold a token. */
    static Distribution fills(PackedContent content, int seqLen) {
        Distribution tokens = Distribution.of(content.tokens());
        return new Distribution(
                Arrays.stream(tokens.values()).map(count -> count / seqLen).toArray(), tokens.counts());
    }

    private Section rows() {
        List<Strip> strips = content.sample().stream().map(this::strip).toList();
        String lead = "Each bar is a row of " + Numbers.count(packing.seqLen(), "token")
                + (strips.size() < packing.rows()
                        ? "; these are " + strips.size() + " of " + Numbers.whole(packing.rows())
                                + ", chosen by a hash of their row_id."
                        : "; these are all there are.")
                + " Each shade is a piece of a document; orange is padding. Point at one to see which it is.";
        Html figure =
                ChartFigure.of("", width -> new Strips("Packed rows", packing.seqLen(), strips, width), rowTable());
        return new Section("rows", "Packed rows", lead, figure);
    }

    private Strip strip(SampledRow row) {
        List<Piece> pieces = new ArrayList<>();
        int[] offsets = row.offsets();
        for (int i = 0; i + 1 < offsets.length; i++) {
            long size = offsets[i + 1] - offsets[i];
            String hint = Shown.text(row.docIds().get(i)) + ", chunk " + row.chunks()[i] + ": "
                    + Numbers.count(size, "token");
            pieces.add(new Piece(Kind.ITEM, size, hint));
        }
        long padding = packing.seqLen() - row.nTokens();
        if (padding > 0) {
            pieces.add(new Piece(Kind.WASTE, padding, "padding: " + Numbers.count(padding, "slot")));
        }
        String remark = Numbers.count(offsets.length - 1, "piece") + ", " + Numbers.percent(share(row));
        return new Strip("row " + row.rowId(), remark, pieces);
    }

    private Html rowTable() {
        Grid table = new Grid("The rows above", "row_id", "pieces", "tokens", "filled");
        for (SampledRow row : content.sample()) {
            table.add(
                    String.valueOf(row.rowId()),
                    Numbers.whole(row.offsets().length - 1),
                    Numbers.whole(row.nTokens()),
                    Numbers.percent(share(row)));
        }
        return Tag.of("details", Tag.of("summary", "The same as a table"), table.html());
    }

    private double share(SampledRow row) {
        return row.nTokens() / (double) packing.seqLen();
    }

    private Section fill() {
        Html fills = ChartFigure.histogram(
                "How full rows are",
                "share of a row's slots with a token",
                "rows",
                fills(content, packing.seqLen()),
                Bins.ofShares(),
                100,
                SHARES);
        Distribution segments = Distribution.of(content.segments());
        Html pieces = ChartFigure.histogram(
                "Pieces of documents per row", "pieces in a row", "rows", segments, Bins.ofWhole(segments), 1, "");
        return new Section("fill", "Fill per row", "What is not filled is padding.", fills, pieces);
    }

    private Distribution lengths() {
        return Distribution.of((packing.documents() == null ? packing.lengths() : packing.documents()).toHistogram());
    }

    private Section lengthSection() {
        boolean known = packing.documents() != null;
        Distribution lengths = lengths();
        String lead = known
                ? "Documents with their special tokens, before any was cut to fit. Bins grow with the length where"
                        + " lengths differ much."
                : "Pieces of documents as they lie in rows: how long documents were is not known any more, since"
                        + " truncated ones have been removed.";
        Html figure = ChartFigure.histogram(
                known ? "Length of documents" : "Length of pieces",
                "tokens",
                known ? "documents" : "pieces",
                lengths,
                Bins.ofWhole(lengths),
                1,
                "");
        return new Section("lengths", known ? "Document lengths" : "Piece lengths", lead, figure);
    }
}
