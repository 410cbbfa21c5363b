package io.varlen.spark.input;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import java.util.Locale;

/** What a job does about records that are no documents. */
public enum BadRecordPolicy {
    /** The job fails, naming the first one. */
    FAIL,
    /** They are listed with their reasons, counted, and left out. */
    QUARANTINE;

    /**
     * The policy of that lower-case name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static BadRecordPolicy ofName(String name) {
        return Choice.ofName("--bad-records", values(), BadRecordPolicy::optionName, name);
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
