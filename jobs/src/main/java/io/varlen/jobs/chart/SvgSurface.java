package io.varlen.jobs.chart;

import java.util.Locale;

/** Draws into the text of an SVG 1.1 document, or of an SVG element for an HTML page. */
final class SvgSurface implements Surface {
    private static final String FONTS = "DejaVu Sans, Verdana, Arial, sans-serif";

    private final StringBuilder svg = new StringBuilder();
    private final boolean inPage;

    /** @param inPage whether the page's style says what colours and font are; each colour is then the class of its role */
    SvgSurface(Chart chart, boolean inPage) {
        this.inPage = inPage;
        svg.append(inPage ? "<svg role=\"img\"" : "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
        attribute("width", chart.width());
        attribute("height", chart.height());
        svg.append(" viewBox=\"0 0 ").append(chart.width()).append(' ').append(chart.height());
        if (inPage) { // a title element would be shown wherever one points
            svg.append("\" aria-label=\"").append(escaped(chart.title())).append("\">\n");
        } else {
            svg.append("\" font-family=\"").append(FONTS).append("\">\n");
            svg.append("<title>").append(escaped(chart.title())).append("</title>\n");
            rectangle(0, 0, chart.width(), chart.height(), Palette.BACKGROUND, null);
        }
    }

    @Override
    public void rectangle(double x, double y, double width, double height, int colour, String hint) {
        svg.append("<rect");
        attribute("x", x);
        attribute("y", y);
        attribute("width", width);
        attribute("height", height);
        colour("fill", colour);
        if (hint == null) {
            svg.append("/>\n");
        } else {
            svg.append("><title>").append(escaped(hint)).append("</title></rect>\n");
        }
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, int colour) {
        svg.append("<line");
        attribute("x1", x1);
        attribute("y1", y1);
        attribute("x2", x2);
        attribute("y2", y2);
        colour("stroke", colour);
        svg.append("/>\n");
    }

    @Override
    public void text(Label label) {
        svg.append("<text");
        attribute("x", label.x());
        attribute("y", label.y());
        attribute("font-size", label.size());
        colour("fill", label.colour());
        svg.append(" text-anchor=\"")
                .append(label.anchor().name().toLowerCase(Locale.ROOT))
                .append('"');
        if (label.bold()) {
            svg.append(" font-weight=\"bold\"");
        }
        if (label.upright()) {
            svg.append(" transform=\"rotate(-90 ").append(number(label.x())).append(' ');
            svg.append(number(label.y())).append(")\"");
        }
        svg.append('>').append(escaped(label.text())).append("</text>\n");
    }

    String document() {
        return svg + "</svg>\n";
    }

    private void attribute(String name, double value) {
        svg.append(' ').append(name).append("=\"").append(number(value)).append('"');
    }

    private void colour(String name, int colour) {
        String role = inPage ? Palette.role(colour) : null;
        if (role != null) {
            svg.append(" class=\"").append(role).append('"');
        } else {
            svg.append(' ').append(name).append(String.format("=\"#%06x\"", colour));
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
    }

    /** As XML has it; what XML 1.0 cannot hold at all becomes U+FFFD. */
    private static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(isXml(c) ? c : 0xFFFD);
            }
        });
        return out.toString();
    }

    private static boolean isXml(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || (c >= 0x20 && c < 0xD800)
                || (c > 0xDFFF && c != 0xFFFE && c != 0xFFFF);
    }
}
