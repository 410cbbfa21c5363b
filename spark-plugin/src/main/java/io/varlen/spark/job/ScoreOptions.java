package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.scoring.ScoreWindows;

/**
 * What {@code score} is asked to do.
 *
 * @param documents for a model that predicts the next token; {@code maxLength} is that of the longest window
 * @param stride the tokens of left context of every window but a document's first, see {@link ScoreWindows}; null for half of
 *     the longest window
 */
public record ScoreOptions(DocumentOptions documents, Integer stride) {

    /** @throws InvalidInputException if {@code maxLength} or {@code stride} is out of range for any model */
    public ScoreOptions {
        if (documents.maxLength() != null) {
            windows(documents.maxLength(), stride);
        } else if (stride != null) {
            windows(Integer.MAX_VALUE, stride);
        }
    }

    /** With the defaults of the command line. */
    public ScoreOptions(DocumentOptions documents) {
        this(documents, null);
    }

    static ScoreWindows windows(int maxLength, Integer stride) {
        return new ScoreWindows(maxLength, stride == null ? Math.max(1, maxLength / 2) : stride);
    }
}
