package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.embedding.LongDocuments;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputOptions;

/**
 * What {@code embed} is asked to do.
 *
 * @param input where the documents come from: text, or the folder of one packed dataset, whose format and columns are
 *     then of no account
 * @param model the encoder
 * @param output the folder of the embeddings, on any Hadoop file system
 * @param maxLength the longest input that the model is given, in tokens with special tokens; null for the model's own
 * @param longDocuments what becomes of longer documents
 * @param prompt what stands before each text; null to go by {@code promptName}
 * @param promptName one of the model's prompts; null for its default
 * @param dimensions how many of a vector's first elements are kept; null for as many as the model's settings say
 * @param compute with what the model is computed
 * @param badRecords what to do about records that are no documents
 * @param overwrite replace what another job left in {@code output}
 * @param trace of how many batches to tell how attention is called
 */
public record EmbedOptions(
        InputOptions input,
        ModelReference model,
        String output,
        Integer maxLength,
        LongDocuments longDocuments,
        String prompt,
        String promptName,
        Integer dimensions,
        Compute compute,
        BadRecordPolicy badRecords,
        boolean overwrite,
        int trace)
        implements DocumentOptions {

    /** @throws InvalidInputException if a number is out of range, or a prompt is given twice */
    public EmbedOptions {
        DocumentOptions.requireAtLeast(1, "--max-length", maxLength);
        DocumentOptions.requireAtLeast(0, "--trace", trace);
        DocumentOptions.requireAtLeast(1, "--dimensions", dimensions);
        if (prompt != null && promptName != null) {
            throw new InvalidInputException("--prompt and --prompt-name exclude each other");
        }
    }

    /** With the defaults of the command line. */
    public EmbedOptions(InputOptions input, ModelReference model, String output) {
        this(
                input,
                model,
                output,
                null,
                LongDocuments.TRUNCATE,
                null,
                null,
                null,
                Compute.DEFAULT,
                BadRecordPolicy.FAIL,
                false,
                0);
    }
}
