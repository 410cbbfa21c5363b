package io.varlen.jobs.chart;

import io.varlen.jobs.chart.Label.Anchor;
import java.util.List;

/**
 * Strips below each other, each of pieces side by side in proportion.
 *
 * @param title what it is called; not drawn
 * @param total how much the whole width is
 * @param strips from above to below
 * @param width in pixels
 */
public record Strips(String title, long total, List<Strip> strips, int width) implements Chart {
    /** What a piece is, which decides on its colour. */
    public enum Kind {
        /** One of many of a kind; neighbours have different shades. */
        ITEM,
        FIRST,
        SECOND,
        THIRD,
        FOURTH,
        /** Room that nothing is in. */
        WASTE
    }

    /**
     * One strip.
     *
     * @param label stands over it on the left
     * @param remark stands over it on the right
     * @param pieces together at most the total
     */
    public record Strip(String label, String remark, List<Piece> pieces) {
        public Strip {
            pieces = List.copyOf(pieces);
        }
    }

    /**
     * A piece of a strip.
     *
     * @param size not negative
     * @param hint shown to someone who points at it
     */
    public record Piece(Kind kind, long size, String hint) {}

    private static final int TEXT = 12;
    private static final int LABEL = 18;
    private static final int BAR = 16;
    private static final int GAP = 10;
    private static final double SEAM = 1;

    public Strips {
        strips = List.copyOf(strips);
        for (Strip strip : strips) {
            long size = strip.pieces().stream().mapToLong(Piece::size).sum();
            if (total < 1 || size > total || strip.pieces().stream().anyMatch(piece -> piece.size() < 0)) {
                throw new IllegalArgumentException("a strip of " + size + " in a width of " + total);
            }
        }
    }

    @Override
    public int height() {
        return Math.max(1, strips.size() * (LABEL + BAR + GAP) - GAP);
    }

    @Override
    public void draw(Surface surface) {
        double y = 0;
        for (Strip strip : strips) {
            double half = width - Label.width(strip.remark(), TEXT) - TEXT;
            String label = Label.fitted(strip.label(), TEXT, Math.max(half, width / 3.0));
            surface.text(Label.of(label, 0, y + TEXT, Anchor.START, TEXT));
            surface.text(
                    Label.of(strip.remark(), width, y + TEXT, Anchor.END, TEXT).in(Palette.FAINT_INK));
            surface.rectangle(0, y + LABEL, width, BAR, Palette.NO_FIGURE, null);
            drawPieces(surface, strip, y + LABEL);
            y += LABEL + BAR + GAP;
        }
    }

    /** Pieces too narrow to be seen apart are drawn as one. */
    private void drawPieces(Surface surface, Strip strip, double y) {
        long before = 0;
        int shade = 0;
        for (int i = 0; i < strip.pieces().size(); i++) {
            Piece piece = strip.pieces().get(i);
            long size = piece.size();
            int together = 1;
            while (piece.kind() == Kind.ITEM && isNarrow(size) && isItem(strip, i + 1)) {
                size += strip.pieces().get(++i).size();
                together++;
            }
            if (size > 0) {
                double x = pixels(before);
                double wide = pixels(before + size) - x;
                double seam = wide > 3 * SEAM && before + size < total ? SEAM : 0;
                surface.rectangle(
                        x,
                        y,
                        Math.max(wide - seam, 0.5),
                        BAR,
                        colour(piece.kind(), shade++),
                        together == 1 ? piece.hint() : piece.hint() + ", and " + (together - 1) + " more");
            }
            before += size;
        }
    }

    private static boolean isItem(Strip strip, int index) {
        return index < strip.pieces().size() && strip.pieces().get(index).kind() == Kind.ITEM;
    }

    private boolean isNarrow(long size) {
        return size * (double) width / total < 1;
    }

    private double pixels(long size) {
        return size * (double) width / total;
    }

    private static int colour(Kind kind, int shade) {
        return switch (kind) {
            case ITEM -> Palette.SHADES.get(shade % Palette.SHADES.size());
            case WASTE -> Palette.SERIES.get(1);
            case FIRST -> Palette.SERIES.get(0);
            case SECOND -> Palette.SERIES.get(2);
            case THIRD -> Palette.SERIES.get(5);
            case FOURTH -> Palette.SERIES.get(3);
        };
    }
}
