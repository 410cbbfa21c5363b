package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.scoring.ScoreWindows;

/**
 * What {@code score} is asked to do.
 *
 * @param input where the documents come from: text, or the folder of one packed dataset, whose format and columns are
 *     then of no account
 * @param model one that predicts the next token
 * @param output the folder of the scores, on any Hadoop file system
 * @param maxLength the longest window that the model is given, in tokens; null for the model's own limit
 * @param stride the tokens of left context of every window but a document's first, see {@link ScoreWindows}; null for half of
 *     the longest window
 * @param compute with what the model is computed
 * @param badRecords what to do about records that are no documents
 * @param overwrite replace what another job left in {@code output}
 * @param trace of how many batches to tell how attention is called
 */
public record ScoreOptions(
        InputOptions input,
        ModelReference model,
        String output,
        Integer maxLength,
        Integer stride,
        Compute compute,
        BadRecordPolicy badRecords,
        boolean overwrite,
        int trace)
        implements DocumentOptions {

    /** @throws InvalidInputException if {@code maxLength}, {@code stride} or {@code trace} is out of range for any model */
    public ScoreOptions {
        if (maxLength != null) {
            windows(maxLength, stride);
        } else if (stride != null) {
            windows(Integer.MAX_VALUE, stride);
        }
        DocumentOptions.requireAtLeast(0, "--trace", trace);
    }

    /** With the defaults of the command line. */
    public ScoreOptions(InputOptions input, ModelReference model, String output) {
        this(input, model, output, null, null, Compute.DEFAULT, BadRecordPolicy.FAIL, false, 0);
    }

    static ScoreWindows windows(int maxLength, Integer stride) {
        return new ScoreWindows(maxLength, stride == null ? Math.max(1, maxLength / 2) : stride);
    }
}
