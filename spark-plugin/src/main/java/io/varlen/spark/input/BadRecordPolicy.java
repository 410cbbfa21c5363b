package io.varlen.spark.input;

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
     * @throws InvalidInputException naming the two right ones
     */
    public static BadRecordPolicy ofName(String name) {
        for (BadRecordPolicy policy : values()) {
            if (policy.optionName().equals(name)) {
                return policy;
            }
        }
        throw new InvalidInputException("there is no --bad-records '" + name + "'; it is fail or quarantine");
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
