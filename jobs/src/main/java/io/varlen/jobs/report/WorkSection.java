package io.varlen.jobs.report;

import io.varlen.jobs.chart.Strips;
import io.varlen.jobs.chart.Strips.Kind;
import io.varlen.jobs.chart.Strips.Piece;
import io.varlen.jobs.chart.Strips.Strip;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** How fast the job was, and where the time of its tasks went. */
final class WorkSection {
    private static final long WHOLE = 1_000_000;

    private final Figures figures;

    WorkSection(Figures figures) {
        this.figures = figures;
    }

    Section section() {
        Grid table = new Grid("The run that completed it", "", "value");
        figures.decimal("seconds").ifPresent(seconds -> table.add("time", Numbers.seconds(seconds)));
        figures.decimal("tokens_per_second")
                .ifPresent(speed -> table.add("throughput", Numbers.whole(Math.round(speed)) + " tokens/s"));
        figures.whole("executors").ifPresent(count -> table.add("executors", Numbers.whole(count)));
        addText(table, "backend", "backend");
        addText(table, "multiplied in", "dtype");
        addShare(table, "fill of the model's batches", "batch_fill");
        figures.whole("memory_splits")
                .ifPresent(count -> table.add("batches cut in two for lack of memory", Numbers.whole(count)));
        addShare(table, "tasks' time in tokenizers", "tokenize_share");
        addShare(table, "tasks' time computing", "compute_share");
        addShare(table, "tasks' time waiting for a device", "wait_share");
        return new Section("work", "Throughput, and where the time went", lead(), shares(), table.html());
    }

    private String lead() {
        return figures.decimal("tokenize_share").isPresent()
                ? "Of the time of all tasks together; what is neither is reading, sorting and writing."
                : "Where the time of its tasks went was not kept.";
    }

    private Html shares() {
        List<Piece> pieces = new ArrayList<>();
        add(pieces, Kind.FIRST, "tokenizing", "tokenize_share");
        add(pieces, Kind.SECOND, "computing", "compute_share");
        add(pieces, Kind.FOURTH, "waiting for a device", "wait_share");
        long told = pieces.stream().mapToLong(Piece::size).sum();
        if (pieces.isEmpty() || told > WHOLE) {
            return Html.text("");
        }
        Piece largest =
                pieces.stream().max((a, b) -> Long.compare(a.size(), b.size())).orElseThrow();
        pieces.add(new Piece(Kind.THIRD, WHOLE - told, hint("reading, sorting and writing", WHOLE - told)));
        String most = largest.size() >= WHOLE - told
                ? largest.hint()
                : pieces.get(pieces.size() - 1).hint();
        Strip strip = new Strip("tasks' time", most, pieces);
        return ChartFigure.of(
                "Time of all tasks together",
                width -> new Strips("Where the time of tasks went", WHOLE, List.of(strip), width),
                Legend.of(pieces));
    }

    private void add(List<Piece> pieces, Kind kind, String name, String figure) {
        OptionalDouble share = figures.decimal(figure);
        if (share.isPresent() && share.getAsDouble() >= 0 && share.getAsDouble() <= 1) {
            long size = Math.round(share.getAsDouble() * WHOLE);
            pieces.add(new Piece(kind, size, hint(name, size)));
        }
    }

    private static String hint(String name, long size) {
        return name + ": " + Numbers.percent(size / (double) WHOLE);
    }

    private void addShare(Grid table, String name, String figure) {
        figures.decimal(figure).ifPresent(share -> table.add(name, Numbers.percent(share)));
    }

    private void addText(Grid table, String name, String figure) {
        String text = figures.text(figure);
        if (!text.isEmpty()) {
            table.add(name, text);
        }
    }
}
