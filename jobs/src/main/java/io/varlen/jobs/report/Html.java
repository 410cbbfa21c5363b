package io.varlen.jobs.report;

import io.varlen.jobs.chart.Chart;
import io.varlen.jobs.chart.Charts;

/** A part of an HTML page. Text comes into one through {@link #text} and {@link Tag} alone, which escape it. */
interface Html {
    void write(StringBuilder page);

    /** Text, whatever is in it. */
    static Html text(String text) {
        return page -> Escape.into(page, text);
    }

    /** A chart, which escapes its own texts. */
    static Html chart(Chart chart) {
        return page -> page.append(Charts.inPage(chart));
    }
}
