package io.varlen.jobs.chart;

/** A drawing of data, the same for the same data. */
public interface Chart {
    /** In pixels of an ordinary screen. */
    int width();

    /** In pixels of an ordinary screen. */
    int height();

    /** What it is called, for those who cannot see it. */
    String title();

    /** Draws all of itself but the background, within {@code [0, width] × [0, height]}. */
    void draw(Surface surface);
}
