package io.varlen.jobs.report;

import io.varlen.jobs.chart.Strips;
import io.varlen.jobs.chart.Strips.Kind;
import io.varlen.jobs.chart.Strips.Piece;
import io.varlen.jobs.chart.Strips.Strip;
import io.varlen.spark.dataset.Ledger.Entry;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.Manifest.Append;
import io.varlen.spark.dataset.Manifest.Removal;
import java.util.List;

/** Where every token and every document of a packed dataset is. */
final class BalanceSection {
    private static final int MOST_SOURCES = 50;

    private BalanceSection() {}

    static Section of(Manifest manifest) {
        Entry total = manifest.packing().ledger().total();
        Tag tables = Tag.of("div", tokens(total), documents(total)).styled("side-by-side");
        Section section = new Section(
                "balance",
                "Balance",
                "What came in is on top, where it went is below; both sums are the same. " + verdict(total),
                strips(total),
                tables,
                sources(manifest),
                changes(manifest));
        return section;
    }

    private static String verdict(Entry total) {
        long lost = total.droppedTokens() + total.truncatedTokens();
        return lost == 0
                ? "No token of a packed document is missing."
                : Numbers.count(lost, "token") + " of the text " + (lost == 1 ? "is" : "are") + " in no row: "
                        + Numbers.whole(total.droppedTokens()) + " of documents that were kept out, "
                        + Numbers.whole(total.truncatedTokens()) + " cut off.";
    }

    private static Html strips(Entry total) {
        long sum = came(total);
        if (sum == 0) {
            return Html.text("");
        }
        Strip in = new Strip(
                "came in",
                Numbers.count(sum, "token"),
                List.of(
                        piece(Kind.FIRST, total.sourceTokens(), "text"),
                        piece(Kind.SECOND, total.addedSpecialTokens(), "special tokens"),
                        piece(Kind.THIRD, total.repeatedTokens(), "repeated")));
        Strip out = new Strip(
                "went",
                Numbers.percent(total.packedTokens() / (double) sum) + " packed",
                List.of(
                        piece(Kind.FIRST, total.packedTokens(), "packed"),
                        piece(Kind.SECOND, total.droppedTokens(), "dropped"),
                        piece(Kind.THIRD, total.truncatedTokens(), "truncated"),
                        piece(Kind.FOURTH, total.removedTokens(), "removed")));
        Tag legends = Tag.of("div", Legend.of(in.pieces()), Legend.of(out.pieces()));
        return ChartFigure.of(
                "Tokens",
                width -> new Strips("Tokens that came in, and where they went", sum, List.of(in, out), width),
                legends);
    }

    private static Piece piece(Kind kind, long size, String name) {
        return new Piece(kind, size, name + ": " + Numbers.count(size, "token"));
    }

    private static long came(Entry entry) {
        return entry.sourceTokens() + entry.addedSpecialTokens() + entry.repeatedTokens();
    }

    private static Html tokens(Entry total) {
        return new Grid("Tokens", "", "tokens")
                .add("of the text", Numbers.whole(total.sourceTokens()))
                .add("+ special tokens added", Numbers.whole(total.addedSpecialTokens()))
                .add("+ repeated in rows", Numbers.whole(total.repeatedTokens()))
                .addSum("= came in", Numbers.whole(came(total)))
                .add("packed", Numbers.whole(total.packedTokens()))
                .add("+ of dropped documents", Numbers.whole(total.droppedTokens()))
                .add("+ truncated", Numbers.whole(total.truncatedTokens()))
                .add("+ removed later", Numbers.whole(total.removedTokens()))
                .addSum(
                        "= went",
                        Numbers.whole(total.packedTokens()
                                + total.droppedTokens()
                                + total.truncatedTokens()
                                + total.removedTokens()))
                .html();
    }

    private static Html documents(Entry total) {
        return new Grid("Documents", "", "documents")
                .addSum("read", Numbers.whole(total.documents()))
                .add("packed", Numbers.whole(total.packedDocuments()))
                .add("+ without a token", Numbers.whole(total.emptyDocuments()))
                .add("+ dropped", Numbers.whole(total.droppedDocuments()))
                .add("+ quarantined", Numbers.whole(total.quarantinedDocuments()))
                .add("+ removed later", Numbers.whole(total.removedDocuments()))
                .addSum(
                        "= went",
                        Numbers.whole(total.packedDocuments()
                                + total.emptyDocuments()
                                + total.droppedDocuments()
                                + total.quarantinedDocuments()
                                + total.removedDocuments()))
                .html();
    }

    private static Html sources(Manifest manifest) {
        List<Entry> entries = manifest.packing().ledger().sources();
        List<String> paths = manifest.packing().sources();
        if (entries.size() < 2) {
            return Html.text("");
        }
        Grid table = new Grid(
                        "By source", "source", "documents", "packed", "tokens of text", "packed tokens", "lost tokens")
                .atMost(MOST_SOURCES);
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            table.add(
                    i + ": " + (i < paths.size() ? Shown.name(paths.get(i)) : ""),
                    Numbers.whole(entry.documents()),
                    Numbers.whole(entry.packedDocuments()),
                    Numbers.whole(entry.sourceTokens()),
                    Numbers.whole(entry.packedTokens()),
                    Numbers.whole(entry.droppedTokens() + entry.truncatedTokens() + entry.removedTokens()));
        }
        return table.html();
    }

    private static Html changes(Manifest manifest) {
        Grid table = new Grid("Changed since it was packed", "what", "times", "documents");
        if (!manifest.allAppends().isEmpty()) {
            long documents =
                    manifest.allAppends().stream().mapToLong(Append::documents).sum();
            table.add("added", Numbers.whole(manifest.allAppends().size()), Numbers.whole(documents));
        }
        if (!manifest.allRemovals().isEmpty()) {
            long documents = manifest.allRemovals().stream()
                    .mapToLong(Removal::documents)
                    .sum();
            table.add("removed", Numbers.whole(manifest.allRemovals().size()), Numbers.whole(documents));
        }
        return table.isEmpty() ? Html.text("") : table.html();
    }
}
