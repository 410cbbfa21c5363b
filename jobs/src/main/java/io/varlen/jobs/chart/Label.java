package io.varlen.jobs.chart;

import java.util.Locale;

/**
 * One line of text at a place.
 *
 * @param x where {@code anchor} of the text is
 * @param y its baseline
 * @param upright whether it is read from below to above, turned about {@code (x, y)}
 */
public record Label(
        String text, double x, double y, Anchor anchor, double size, int colour, boolean bold, boolean upright) {
    /** Which part of the text is at its place. */
    public enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** The widest of the fonts that are likely takes about this for a character of mixed text, in units of its size. */
    private static final double CHARACTER_WIDTH = 0.6;

    static Label of(String text, double x, double y, Anchor anchor, double size) {
        return new Label(text, x, y, anchor, size, Palette.INK, false, false);
    }

    Label in(int otherColour) {
        return new Label(text, x, y, anchor, size, otherColour, bold, upright);
    }

    Label asBold() {
        return new Label(text, x, y, anchor, size, colour, true, upright);
    }

    Label asUpright() {
        return new Label(text, x, y, anchor, size, colour, bold, true);
    }

    /** About how wide a text is: the layout must not depend on the fonts of a machine. */
    static double width(String text, double size) {
        return text.codePointCount(0, text.length()) * CHARACTER_WIDTH * size;
    }

    /** The text, cut if it is wider than that. */
    static String fitted(String text, double size, double width) {
        int most = Math.max(1, (int) (width / (CHARACTER_WIDTH * size)));
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
    }

    /** A number in three significant digits, from a thousand on with k, M, G or T. */
    public static String number(double value) {
        double size = Math.abs(value);
        if (value == 0 || (size < 1e-3 || size >= 1e15) || Double.isNaN(value)) {
            return value == 0 ? "0" : String.format(Locale.ROOT, "%.2g", value);
        }
        String units = " kMGT";
        int unit = 0;
        while (rounded(size) >= 1000 && unit < units.length() - 1) {
            size /= 1000;
            unit++;
        }
        int decimals = Math.max(0, 2 - (int) Math.floor(Math.log10(rounded(size))));
        String digits = String.format(Locale.ROOT, "%." + decimals + "f", size);
        digits = digits.contains(".") ? digits.replaceFirst("\\.?0+$", "") : digits;
        return (value < 0 ? "-" : "") + digits + units.substring(unit, unit + 1).strip();
    }

    /** To three significant digits, so that 999.9 is a thousand. */
    private static double rounded(double size) {
        double step = Math.pow(10, Math.floor(Math.log10(size)) - 2);
        return Math.round(size / step) * step;
    }
}
