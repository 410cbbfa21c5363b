package io.varlen.jobs.chart;

import io.varlen.jobs.chart.Label.Anchor;

/** The lines above a plot. */
final class Heading {
    private static final int LEFT = 20;
    private static final int SIZE = 15;
    private static final int NOTE_SIZE = 11;

    private Heading() {}

    static int height(String note) {
        return note.isEmpty() ? 40 : 58;
    }

    /** As wide as title and note need, but no wider than {@code most}. */
    static int width(String title, String note, int most) {
        double text = Math.max(Label.width(title, SIZE), Label.width(note, NOTE_SIZE));
        return (int) Math.min(most, Math.ceil(text) + 2 * LEFT + 1);
    }

    static void draw(Surface surface, Chart chart, String note) {
        double width = chart.width() - 2 * LEFT;
        surface.text(Label.of(Label.fitted(chart.title(), SIZE, width), LEFT, 28, Anchor.START, SIZE)
                .asBold());
        if (!note.isEmpty()) {
            surface.text(Label.of(Label.fitted(note, NOTE_SIZE, width), LEFT, 46, Anchor.START, NOTE_SIZE)
                    .in(Palette.FAINT_INK));
        }
    }
}
