package io.varlen.jobs.report;

import java.util.ArrayList;
import java.util.List;

/** A table with a heading for each column and each row. */
final class Grid {
    private final String caption;
    private final List<String> columns;
    private final List<Tag> rows = new ArrayList<>();
    private String kind = "number";
    private int most = Integer.MAX_VALUE;
    private int given;

    /**
     * An empty one.
     *
     * @param columns the first is of the rows' headings
     */
    Grid(String caption, String... columns) {
        this.caption = caption;
        this.columns = List.of(columns);
    }

    /** Shows the first {@code rows} rows alone; the caption then says of how many. */
    Grid atMost(int rows) {
        most = rows;
        return this;
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
        return add(row(Html.text(heading), "number", values).styled("sum"));
    }

    private Grid add(Html heading, String kindOfValues, String... values) {
        kind = kindOfValues;
        return add(row(heading, kindOfValues, values));
    }

    private Grid add(Tag row) {
        if (given < most) {
            rows.add(row);
        }
        given++;
        return this;
    }

    private static Tag row(Html heading, String kindOfValues, String... values) {
        Tag row = Tag.of("tr", Tag.of("th", heading).with("scope", "row"));
        for (String value : values) {
            row.add(Tag.of("td", value).styled(kindOfValues));
        }
        return row;
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
        String title =
                given > most ? caption + ": the first " + Numbers.whole(most) + " of " + Numbers.whole(given) : caption;
        Tag table = Tag.of("table", Tag.of("caption", title));
        return scrolling(table.add(Tag.of("thead", head)).add(Tag.of("tbody").add(rows)), title);
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
