package io.varlen.jobs.report;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Figures of a manifest, which may be of any version, or anybody's. */
final class Figures {
    private final Map<String, Object> figures;

    Figures(Map<String, Object> figures) {
        this.figures = figures;
    }

    /** Nothing if it is missing or no number. */
    OptionalDouble decimal(String name) {
        return figures.get(name) instanceof Number number
                ? OptionalDouble.of(number.doubleValue())
                : OptionalDouble.empty();
    }

    /** Nothing if it is missing or no number. */
    OptionalLong whole(String name) {
        return figures.get(name) instanceof Number number ? OptionalLong.of(number.longValue()) : OptionalLong.empty();
    }

    /** A dash if it is missing. */
    String number(String name) {
        OptionalLong number = whole(name);
        return number.isPresent() ? Numbers.whole(number.getAsLong()) : "–";
    }

    /** With the thing that is counted. */
    String count(String name, String thing) {
        OptionalLong number = whole(name);
        return number.isPresent() ? Numbers.count(number.getAsLong(), thing) : "– " + thing + "s";
    }

    /** Empty if it is missing. */
    String text(String name) {
        return figures.get(name) == null ? "" : Shown.name(String.valueOf(figures.get(name)));
    }
}
