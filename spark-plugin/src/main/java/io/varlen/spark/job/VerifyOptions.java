package io.varlen.spark.job;

import io.varlen.InvalidInputException;

/**
 * What {@code verify} is asked to do.
 *
 * @param input the folder of a packed dataset, on any Hadoop file system
 * @param listed how many findings are listed; all are counted
 */
public record VerifyOptions(String input, int listed) {
    /** How many findings are listed where nobody says. */
    public static final int DEFAULT_LISTED = 20;

    /** @throws InvalidInputException if {@code listed} is negative */
    public VerifyOptions {
        if (listed < 0) {
            throw new InvalidInputException("--list is " + listed + "; it must be at least 0");
        }
    }

    /** With the defaults of the command line. */
    public VerifyOptions(String input) {
        this(input, DEFAULT_LISTED);
    }
}
