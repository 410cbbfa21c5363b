package io.varlen.jobs.chart;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Draws pixels with Java's own graphics. Only {@link Charts} may touch it, which expects it to fail. */
final class PngSurface implements Surface {
    /** Pixels per pixel of an ordinary screen, so that text is sharp on better ones. */
    static final int SCALE = 2;

    static {
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true"); // never ask for a display
        }
    }

    private final BufferedImage image;
    private final Graphics2D graphics;

    PngSurface(Chart chart) {
        image = new BufferedImage(SCALE * chart.width(), SCALE * chart.height(), BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.scale(SCALE, SCALE);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        rectangle(0, 0, chart.width(), chart.height(), Palette.BACKGROUND, null);
    }

    @Override
    public void rectangle(double x, double y, double width, double height, int colour, String hint) {
        graphics.setColor(new Color(colour));
        graphics.fill(new Rectangle2D.Double(x, y, width, height));
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, int colour) {
        graphics.setColor(new Color(colour));
        graphics.draw(new Line2D.Double(x1, y1, x2, y2));
    }

    @Override
    public void text(Label label) {
        Font font =
                new Font(Font.SANS_SERIF, label.bold() ? Font.BOLD : Font.PLAIN, 1).deriveFont((float) label.size());
        FontMetrics metrics = graphics.getFontMetrics(font);
        double before =
                switch (label.anchor()) {
                    case START -> 0;
                    case MIDDLE -> metrics.stringWidth(label.text()) / 2.0;
                    case END -> metrics.stringWidth(label.text());
                };
        AffineTransform untouched = graphics.getTransform();
        graphics.translate(label.x(), label.y());
        if (label.upright()) {
            graphics.rotate(-Math.PI / 2);
        }
        graphics.setFont(font);
        graphics.setColor(new Color(label.colour()));
        graphics.drawString(label.text(), (float) -before, 0f);
        graphics.setTransform(untouched);
    }

    byte[] bytes() {
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) { // no file on the way
            if (!ImageIO.write(image, "png", stream)) {
                throw new IllegalStateException("this Java has no writer for PNG");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
