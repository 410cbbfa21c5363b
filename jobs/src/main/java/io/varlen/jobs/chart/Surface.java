package io.varlen.jobs.chart;

/** What charts are drawn on. x goes right and y goes down, in pixels; colours are {@code 0xRRGGBB}. */
public interface Surface {
    /**
     * A filled rectangle.
     *
     * @param hint what is shown to someone who points at it, where the surface can; or null
     */
    void rectangle(double x, double y, double width, double height, int colour, String hint);

    /** A thin line. */
    void line(double x1, double y1, double x2, double y2, int colour);

    /** One line of text. */
    void text(Label label);
}
