package io.varlen.jobs.chart;

import java.util.List;

/** Colours that people with any kind of colour vision tell apart, on a background of their own. */
final class Palette {
    static final int BACKGROUND = 0xFFFFFF;
    static final int INK = 0x1F2328;
    static final int FAINT_INK = 0x59636E;
    static final int GRID = 0xD8DEE4;
    static final int NO_FIGURE = 0xE6E9ED;

    /** Okabe and Ito's (2008) colours for categories, without black and yellow, and a grey. */
    static final List<Integer> SERIES = List.of(0x0072B2, 0xE69F00, 0x009E73, 0xD55E00, 0x56B4E9, 0xCC79A7, 0x6E7781);

    /** Shades of one colour, neighbours of which are told apart, for pieces side by side. */
    static final List<Integer> SHADES = List.of(0x0B5394, 0x6FA8DC, 0x2F7EC2);

    private static final int BLACK = 0x000000;
    /** Not the background's, which another surface may have in another colour. */
    private static final int WHITE = 0xFFFFFE;

    /** Viridis (Smith and van der Walt 2015), whose lightness grows evenly, at nine places. */
    private static final int[] SCALE = {
        0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725
    };

    private Palette() {}

    /** The colour of a value. @param share where it lies between the smallest (0) and the largest (1) */
    static int scale(double share) {
        double at = Math.max(0, Math.min(1, share)) * (SCALE.length - 1);
        int below = Math.min((int) at, SCALE.length - 2);
        int colour = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int from = SCALE[below] >> shift & 0xFF;
            int to = SCALE[below + 1] >> shift & 0xFF;
            colour |= (int) Math.round(from + (at - below) * (to - from)) << shift;
        }
        return colour;
    }

    /** Black or white, whichever is read more easily on this colour. */
    static int inkOn(int colour) {
        double luminance = 0.2126 * linear(colour >> 16) + 0.7152 * linear(colour >> 8) + 0.0722 * linear(colour);
        return luminance > 0.179 ? BLACK : WHITE; // where both contrasts are the same (WCAG 2.1)
    }

    /** What a colour is for, as the name of a CSS class; null for one that is the same on every background. */
    static String role(int colour) {
        return switch (colour) {
            case BACKGROUND -> "background";
            case INK -> "ink";
            case FAINT_INK -> "faint";
            case GRID -> "grid";
            case NO_FIGURE -> "none";
            default ->
                SERIES.contains(colour)
                        ? "series" + SERIES.indexOf(colour)
                        : SHADES.contains(colour) ? "shade" + SHADES.indexOf(colour) : null;
        };
    }

    private static double linear(int channel) {
        double value = (channel & 0xFF) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
}
