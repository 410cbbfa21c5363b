package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.embedding.LongDocuments;

/**
 * What {@code embed} is asked to do.
 *
 * @param documents for an encoder
 * @param longDocuments what becomes of documents that are longer than its input
 * @param prompt what stands before each text; null to go by {@code promptName}
 * @param promptName one of the model's prompts; null for its default
 * @param dimensions how many of a vector's first elements are kept; null for as many as the model's settings say
 */
public record EmbedOptions(
        DocumentOptions documents, LongDocuments longDocuments, String prompt, String promptName, Integer dimensions) {

    /** @throws InvalidInputException if a number is out of range, or a prompt is given twice */
    public EmbedOptions {
        DocumentOptions.requireAtLeast(1, "--max-length", documents.maxLength());
        DocumentOptions.requireAtLeast(1, "--dimensions", dimensions);
        if (prompt != null && promptName != null) {
            throw new InvalidInputException("--prompt and --prompt-name exclude each other");
        }
    }

    /** With the defaults of the command line. */
    public EmbedOptions(DocumentOptions documents) {
        this(documents, LongDocuments.TRUNCATE, null, null, null);
    }
}
