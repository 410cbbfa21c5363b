package io.varlen.spark.frame;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Options of one call of {@link io.varlen.spark.Varlen}, by the names and with the defaults of the command line. Immutable:
 * every method gives new ones.
 *
 * @param <S> which
 */
public abstract sealed class FrameSettings<S extends FrameSettings<S>>
        permits TokenizeSettings, PackSettings, EmbedSettings, ScoreSettings, AttendSettings {
    private final SortedMap<String, String> values;

    FrameSettings(SortedMap<String, String> values) {
        this.values = values;
    }

    abstract S copy(SortedMap<String, String> changed);

    /**
     * Any option, by its name on the command line without dashes; what a method of its own is missing for.
     *
     * @param value as on the command line; of a flag {@code true} or {@code false}
     */
    public final S option(String name, String value) {
        SortedMap<String, String> changed = new TreeMap<>(values);
        changed.put(name, value);
        return copy(changed);
    }

    final S option(String name, Object value) {
        return option(name, String.valueOf(value));
    }

    /** What is given, by name. */
    public final Map<String, String> values() {
        return Map.copyOf(values);
    }

    /** The column of the text, a string or its UTF-8 as binary; {@code text} if none is named. */
    public final S textColumn(String name) {
        return option("text-column", name);
    }

    /** Records that are no documents: {@code fail} or {@code quarantine}. */
    public final S badRecords(String how) {
        return option("bad-records", how);
    }
}
