package io.varlen.jobs.report;

import java.util.ArrayList;
import java.util.List;

/** A table with a heading for each column and each row. */
final class Grid {
    private final String caption;
    private final List<String> columns;
    private final List<Tag> rows = new ArrayList<>();
    private String kind = "number";

    /**
     * An empty one.
     *
     * @param columns the first is of the rows' headings
     */
    Grid(String caption, String... columns) {
        this.caption = caption;
        this.columns = List.of(columns);
    }

    /** A row of numbers. */
    Grid add(String heading, String... values) {
        return add(Html.text(heading), "number", values);
    }

    /** A row of texts. */
    Grid addText(String heading, String value) {
        return add(Html.text(heading), "text", value);
    }

    /** A row about a document. */
    Grid addDocument(String docId, String... values) {
        return add(Tag.of("bdi", Shown.text(docId)), "number", values);
    }

    /** A row of numbers that are the sums of those above. */
    Grid addSum(String heading, String... values) {
        add(heading, values);
        rows.get(rows.size() - 1).styled("sum");
        return this;
    }

    private Grid add(Html heading, String kindOfValues, String... values) {
        kind = kindOfValues;
        Tag row = Tag.of("tr", Tag.of("th", heading).with("scope", "row"));
        for (String value : values) {
            row.add(Tag.of("td", value).styled(kindOfValues));
        }
        rows.add(row);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** In a box of its own, which scrolls where it is too narrow. */
    Html html() {
        Tag head = Tag.of("tr");
        for (int i = 0; i < columns.size(); i++) {
            head.add(Tag.of("th", columns.get(i)).with("scope", "col").styled(i == 0 ? "text" : kind));
        }
        Tag table = Tag.of("table", Tag.of("caption", caption));
        return scrolling(table.add(Tag.of("thead", head)).add(Tag.of("tbody").add(rows)), caption);
    }

    /** What may be wider than the page, and how the keyboard gets there. */
    static Tag scrolling(Html wide, String label) {
        return Tag.of("div", wide)
                .styled("scroll")
                .with("tabindex", "0")
                .with("role", "region")
                .with("aria-label", label);
    }
}
