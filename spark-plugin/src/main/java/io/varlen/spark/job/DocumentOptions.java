package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputOptions;

/** What every {@link DocumentJob} is asked; each kind of job says what it makes of it. */
sealed interface DocumentOptions permits AttendOptions, EmbedOptions, ScoreOptions {
    /** Where the documents come from: text, or the folder of one packed dataset. */
    InputOptions input();

    /** What computes. */
    ModelReference model();

    /** The folder of the result, on any Hadoop file system. */
    String output();

    /** The longest input that the model is given, in tokens; null for the model's own limit. */
    Integer maxLength();

    /** With what the model is computed. */
    Compute compute();

    /** What to do about records that are no documents. */
    BadRecordPolicy badRecords();

    /** Whether to replace what another job left in {@link #output()}. */
    boolean overwrite();

    /** Of how many batches to tell how attention is called. */
    int trace();

    /**
     * @param option its name
     * @param value null if it was not given, which is right
     * @throws InvalidInputException if it is less than {@code least}
     */
    static void requireAtLeast(int least, String option, Number value) {
        if (value != null && value.longValue() < least) {
            throw new InvalidInputException(option + " is " + value + "; it must be at least " + least);
        }
    }
}
