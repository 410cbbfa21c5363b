package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

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
        return Arrays.stream(values())
                .filter(value -> value.optionName().equals(name))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("there is no '" + name + "' for --missing; there are "
                        + Arrays.stream(values()).map(MissingIds::optionName).collect(Collectors.joining(", "))));
    }

    /** As on the command line. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
