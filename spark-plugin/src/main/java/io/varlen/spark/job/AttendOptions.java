package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputOptions;

/**
 * What {@code attend} is asked to do.
 *
 * @param input where rows come from: the folder of one packed dataset, or text, each document of which is a row
 * @param model whose attention is looked at: an encoder or a decoder
 * @param output the folder of the table, on any Hadoop file system
 * @param maxLength text is cut to so many tokens, with special tokens; null for the model's own limit
 * @param window see {@link io.varlen.attention.AttentionStatistic#WINDOW_MASS}
 * @param limitTokens about how many tokens to look at; 0 for all
 * @param compute with what the model is computed
 * @param badRecords what to do about records that are no documents
 * @param overwrite replace what another job left in {@code output}
 * @param trace of how many batches to tell how attention is called
 */
public record AttendOptions(
        InputOptions input,
        ModelReference model,
        String output,
        Integer maxLength,
        int window,
        long limitTokens,
        Compute compute,
        BadRecordPolicy badRecords,
        boolean overwrite,
        int trace)
        implements DocumentOptions {

    /** Keys at most this far away count as near. */
    public static final int DEFAULT_WINDOW = 128;

    /** Enough that a head's means are settled to two or three digits, and minutes with a small model on a few cores. */
    public static final long DEFAULT_LIMIT_TOKENS = 65536;

    /** @throws InvalidInputException if a number is out of range */
    public AttendOptions {
        DocumentOptions.requireAtLeast(1, "--max-length", maxLength);
        DocumentOptions.requireAtLeast(0, "--window", window);
        DocumentOptions.requireAtLeast(0, "--limit-tokens", limitTokens);
        DocumentOptions.requireAtLeast(0, "--trace", trace);
    }

    /** With the defaults of the command line. */
    public AttendOptions(InputOptions input, ModelReference model, String output) {
        this(
                input,
                model,
                output,
                null,
                DEFAULT_WINDOW,
                DEFAULT_LIMIT_TOKENS,
                Compute.DEFAULT,
                BadRecordPolicy.FAIL,
                false,
                0);
    }
}
