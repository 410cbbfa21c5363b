package io.varlen.spark.metrics;

import java.io.Serializable;
import java.util.Locale;

/**
 * How full something is.
 *
 * @param tokens that are in it
 * @param room for tokens that it has
 */
public record Fill(long tokens, long room) implements Serializable {
    public static final Fill NOTHING = new Fill(0, 0);

    public Fill plus(Fill other) {
        return new Fill(tokens + other.tokens, room + other.room);
    }

    /** From 0 to 1; 1 where there is no room at all. */
    public double share() {
        return room == 0 ? 1 : (double) tokens / room;
    }

    /** In per cent. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share());
    }
}
