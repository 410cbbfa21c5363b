package io.varlen.spark.job;

import io.varlen.InvalidInputException;

/**
 * What {@code attend} is asked to do.
 *
 * @param documents for an encoder or a decoder: the folder of one packed dataset, or texts, each of which is a row and cut to
 *     {@code maxLength}
 * @param window see {@link io.varlen.attention.AttentionStatistic#WINDOW_MASS}
 * @param limitTokens about how many tokens to look at; 0 for all
 */
public record AttendOptions(DocumentOptions documents, int window, long limitTokens) {

    /** Keys at most this far away count as near. */
    public static final int DEFAULT_WINDOW = 128;

    /** Enough that a head's means are settled to two or three digits, and minutes with a small model on a few cores. */
    public static final long DEFAULT_LIMIT_TOKENS = 65536;

    /** @throws InvalidInputException if a number is out of range */
    public AttendOptions {
        DocumentOptions.requireAtLeast(1, "--max-length", documents.maxLength());
        DocumentOptions.requireAtLeast(0, "--window", window);
        DocumentOptions.requireAtLeast(0, "--limit-tokens", limitTokens);
    }

    /** With the defaults of the command line. */
    public AttendOptions(DocumentOptions documents) {
        this(documents, DEFAULT_WINDOW, DEFAULT_LIMIT_TOKENS);
    }
}
