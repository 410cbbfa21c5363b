package io.varlen.jobs;

import io.varlen.spark.job.JobReport;
import java.util.Locale;
import java.util.Map;

/** A job's figures as people read them. */
final class Figures {
    private final Map<String, Object> figures;

    Figures(JobReport report) {
        this.figures = report.figures();
    }

    boolean has(String name) {
        return figures.get(name) != null;
    }

    String text(String name) {
        return String.valueOf(figures.get(name));
    }

    long whole(String name) {
        return ((Number) figures.get(name)).longValue();
    }

    /** With four significant digits; {@code none} if there is no value. */
    String decimal(String name) {
        return figures.get(name) == null
                ? "none"
                : String.format(Locale.ROOT, "%.4g", ((Number) figures.get(name)).doubleValue());
    }

    /** As {@link #percent}; {@code none} if there is no value. */
    String share(String name) {
        return figures.get(name) == null ? "none" : percent(name);
    }

    /** In groups of three digits. */
    String number(String name) {
        return Table.number(whole(name));
    }

    /** With the thing that is counted: {@code 1 part}, {@code 1,234 parts}. */
    String count(String name, String thing) {
        return number(name) + " " + thing + (whole(name) == 1 ? "" : "s");
    }

    String percent(String name) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * ((Number) figures.get(name)).doubleValue());
    }

    String seconds() {
        return String.format(Locale.ROOT, "%.1f s", ((Number) figures.get("seconds")).doubleValue());
    }

    String tokensPerSecond() {
        return number("tokens_per_second") + " tokens/s";
    }
}
