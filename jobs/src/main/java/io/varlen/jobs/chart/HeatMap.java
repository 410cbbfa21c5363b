package io.varlen.jobs.chart;

import io.varlen.jobs.chart.Label.Anchor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A table of values as colours. Where the cells are wide enough, the values stand in them.
 *
 * @param title one line above
 * @param note a smaller line below it; may be empty
 * @param rowAxis what the rows are, in the singular: {@code layer}
 * @param columnAxis what the columns are, in the singular: {@code head}
 * @param valueName what the values are, with their unit
 * @param rows their names, from above to below
 * @param columns their names, from left to right
 * @param values {@code [rows][columns]}; one that is not finite is drawn as missing
 */
public record HeatMap(
        String title,
        String note,
        String rowAxis,
        String columnAxis,
        String valueName,
        List<String> rows,
        List<String> columns,
        double[][] values)
        implements Chart {

    private static final int TEXT = 12;
    private static final int SMALL = 11;
    private static final int BELOW = 56;
    private static final int LEGEND = 132;
    private static final int LEGEND_WIDTH = 16;
    private static final int LEGEND_STEPS = 64;
    private static final int VALUE = 10;
    private static final int WIDEST_CELL = 44;
    private static final int HIGHEST_CELL = 30;
    private static final int SMALLEST_CELL = 4;
    private static final int SMALLEST_HEIGHT = 200;
    private static final int MOST_HEADING = 900;

    public HeatMap {
        rows = List.copyOf(rows);
        columns = List.copyOf(columns);
        values = Arrays.stream(values).map(double[]::clone).toArray(double[][]::new);
        int wanted = columns.size();
        if (rows.isEmpty()
                || columns.isEmpty()
                || values.length != rows.size()
                || Arrays.stream(values).anyMatch(row -> row.length != wanted)) {
            throw new IllegalArgumentException("the values of a heat map are not [" + rows.size() + " rows]["
                    + columns.size() + " columns], or there are none");
        }
    }

    @Override
    public int width() {
        int chart = Math.max(left() + columns.size() * cellWidth() + LEGEND, 420);
        return Math.max(chart, Heading.width(title, note, MOST_HEADING));
    }

    @Override
    public int height() {
        return top() + Math.max(rows.size() * cellHeight(), SMALLEST_HEIGHT) + BELOW;
    }

    @Override
    public void draw(Surface surface) {
        double[] finite = Arrays.stream(values)
                .flatMapToDouble(DoubleStream::of)
                .filter(Double::isFinite)
                .toArray();
        double least = DoubleStream.of(finite).min().orElse(0);
        double most = DoubleStream.of(finite).max().orElse(0);
        Heading.draw(surface, this, note);
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < columns.size(); column++) {
                drawCell(surface, row, column, least, most);
            }
        }
        drawNames(surface);
        drawLegend(surface, least, most);
    }

    private void drawCell(Surface surface, int row, int column, double least, double most) {
        double value = values[row][column];
        boolean missing = !Double.isFinite(value);
        int colour = missing ? Palette.NO_FIGURE : Palette.scale(share(value, least, most));
        double x = left() + column * (double) cellWidth();
        double y = top() + row * (double) cellHeight();
        String text = missing ? "–" : Label.number(value);
        String hint = rowAxis + " " + rows.get(row) + ", " + columnAxis + " " + columns.get(column) + ": "
                + (missing ? "no value" : text);
        surface.rectangle(x, y, cellWidth(), cellHeight(), colour, hint);
        if (valuesFit()) {
            surface.text(Label.of(text, x + cellWidth() / 2.0, y + cellHeight() / 2.0 + 3.5, Anchor.MIDDLE, VALUE)
                    .in(Palette.inkOn(colour)));
        }
    }

    /** If all are the same, in the middle of the scale. */
    private static double share(double value, double least, double most) {
        return most > least ? (value - least) / (most - least) : 0.5;
    }

    private boolean valuesFit() {
        return cellHeight() >= VALUE + 4
                && Arrays.stream(values)
                        .flatMapToDouble(DoubleStream::of)
                        .filter(Double::isFinite)
                        .allMatch(value -> Label.width(Label.number(value), VALUE) <= cellWidth() - 2);
    }

    /** Of rows and columns that stand too close for all their names, every n-th is named. */
    private void drawNames(Surface surface) {
        int bottom = top() + rows.size() * cellHeight();
        int everyRow = (int) Math.ceil((SMALL + 3.0) / cellHeight());
        for (int row = 0; row < rows.size(); row += everyRow) {
            double y = top() + (row + 0.5) * cellHeight() + 4;
            surface.text(Label.of(rowName(row), left() - 6, y, Anchor.END, SMALL));
        }
        int everyColumn = (int) Math.ceil((longest(columns) + 6) / cellWidth());
        for (int column = 0; column < columns.size(); column += everyColumn) {
            double x = left() + (column + 0.5) * cellWidth();
            surface.text(Label.of(columns.get(column), x, bottom + 16, Anchor.MIDDLE, SMALL));
        }
        double middle = left() + columns.size() * cellWidth() / 2.0;
        surface.text(Label.of(columnAxis, middle, bottom + 36, Anchor.MIDDLE, TEXT));
        surface.text(Label.of(rowAxis, 24, top() + rows.size() * cellHeight() / 2.0, Anchor.MIDDLE, TEXT)
                .asUpright());
    }

    private void drawLegend(Surface surface, double least, double most) {
        double x = left() + columns.size() * (double) cellWidth() + 36;
        double height = Math.max(rows.size() * cellHeight(), SMALLEST_HEIGHT);
        double step = height / LEGEND_STEPS;
        for (int i = 0; i < LEGEND_STEPS; i++) {
            int colour = Palette.scale((i + 0.5) / LEGEND_STEPS);
            // a little over the next one, or else a line of background shows between them
            surface.rectangle(
                    x, top() + height - (i + 1) * step, LEGEND_WIDTH, step + (i == 0 ? 0 : 0.5), colour, null);
        }
        for (double share : most > least ? new double[] {0, 0.25, 0.5, 0.75, 1} : new double[] {0.5}) {
            String value = Label.number(least + share * (most - least));
            surface.text(Label.of(value, x + LEGEND_WIDTH + 6, top() + height * (1 - share) + 4, Anchor.START, SMALL));
        }
        surface.text(Label.of(Label.fitted(valueName, TEXT, height), x - 8, top() + height / 2, Anchor.MIDDLE, TEXT)
                .asUpright());
    }

    /** The wider the fewer columns there are. */
    private int cellWidth() {
        return Math.max(SMALLEST_CELL, Math.min(WIDEST_CELL, 1000 / columns.size()));
    }

    private int cellHeight() {
        return Math.max(SMALLEST_CELL, Math.min(HIGHEST_CELL, 800 / rows.size()));
    }

    private String rowName(int row) {
        return Label.fitted(rows.get(row), SMALL, 160);
    }

    private int left() {
        return 44 + (int) Math.ceil(Math.min(160, longest(rows))) + 8;
    }

    private int top() {
        return Heading.height(note) + 8;
    }

    private static double longest(List<String> texts) {
        return texts.stream()
                .mapToDouble(text -> Label.width(text, SMALL))
                .max()
                .orElse(0);
    }
}
