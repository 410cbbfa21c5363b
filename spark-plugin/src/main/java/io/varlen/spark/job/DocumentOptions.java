package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputOptions;

/**
 * What every job is asked that gives documents to a model.
 *
 * @param input where the documents come from: text, or the folder of one packed dataset, whose format and columns are
 *     then of no account
 * @param model what computes
 * @param output the folder of the result, on any Hadoop file system
 * @param maxLength the longest input that the model is given, in tokens with special tokens; null for the model's own limit
 * @param compute with what the model is computed
 * @param badRecords what to do about records that are no documents
 * @param overwrite replace what another job left in {@code output}
 * @param trace of how many batches to tell how attention is called
 */
public record DocumentOptions(
        InputOptions input,
        ModelReference model,
        String output,
        Integer maxLength,
        Compute compute,
        BadRecordPolicy badRecords,
        boolean overwrite,
        int trace) {

    /** @throws InvalidInputException if {@code trace} is negative; for {@code maxLength}, each job has bounds of its own */
    public DocumentOptions {
        requireAtLeast(0, "--trace", trace);
    }

    /** With the defaults of the command line. */
    public DocumentOptions(InputOptions input, ModelReference model, String output) {
        this(input, model, output, null, Compute.DEFAULT, BadRecordPolicy.FAIL, false, 0);
    }

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
