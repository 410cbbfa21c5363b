package io.varlen.spark.job;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import java.util.Locale;

/** What becomes of ids to remove that a dataset knows nothing of. */
public enum MissingIds {
    /** Nothing is removed. */
    FAIL,
    /** They are counted and passed over. */
    IGNORE;

    /**
     * The one of that name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static MissingIds ofName(String name) {
        return Choice.ofName("--missing", values(), MissingIds::optionName, name);
    }

    /** As on the command line. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
