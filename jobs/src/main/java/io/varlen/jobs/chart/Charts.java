package io.varlen.jobs.chart;

/** Turns charts into files. */
public final class Charts {
    private Charts() {}

    /** An SVG document in one text, to be stored as UTF-8. Needs no graphics of the machine. */
    public static String svg(Chart chart) {
        return svg(chart, false);
    }

    /**
     * An SVG element for an HTML page. What has a role has its class in place of a colour: {@code background}, {@code ink},
     * {@code faint}, {@code grid}, {@code none}, {@code series0…6} and {@code shade0…2}; the page's style says what that
     * looks like, for text and rectangles as fill, for lines as stroke.
     */
    public static String inPage(Chart chart) {
        return svg(chart, true);
    }

    private static String svg(Chart chart, boolean inPage) {
        SvgSurface surface = new SvgSurface(chart, inPage);
        chart.draw(surface);
        return surface.document();
    }

    /**
     * The bytes of a PNG file, with {@value PngSurface#SCALE} pixels for each one of an ordinary screen.
     *
     * @throws NoPngException if Java has no graphics here, or no fonts, as in many containers; SVG is there always
     */
    public static byte[] png(Chart chart) throws NoPngException {
        try {
            PngSurface surface = new PngSurface(chart);
            chart.draw(surface);
            return surface.bytes();
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (RuntimeException | Error e) { // a missing library or font is told in many ways, AWTError among them
            throw new NoPngException(e);
        }
    }
}
