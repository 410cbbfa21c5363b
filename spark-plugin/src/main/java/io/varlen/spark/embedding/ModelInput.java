package io.varlen.spark.embedding;

import io.varlen.InvalidInputException;
import io.varlen.tokenizer.SpecialTokens;

/**
 * How the token ids of a text become complete inputs of a model.
 *
 * @param special surround every input
 * @param maxLength the longest input, with its special tokens
 * @param longDocuments what becomes of longer texts
 */
public record ModelInput(SpecialTokens special, int maxLength, LongDocuments longDocuments)
        implements java.io.Serializable {
    public ModelInput {
        if (maxLength <= special.count()) {
            throw new InvalidInputException("--max-length " + maxLength + " leaves no room for text beside "
                    + special.count() + " special tokens; it is at least " + (special.count() + 1));
        }
    }

    /** The ids of text that one input holds at most. */
    int textLength() {
        return maxLength - special.count();
    }

    /** The inputs that a text of {@code ids} ids becomes; 0 only if not even special tokens would be in it. */
    int inputsOf(int ids) {
        if (ids + special.count() == 0) {
            return 0;
        }
        if (longDocuments == LongDocuments.TRUNCATE) {
            return 1;
        }
        return (int) Math.max(1, (ids + textLength() - 1L) / textLength());
    }

    /** The ids of a text that no input holds. */
    int truncatedOf(int ids) {
        return longDocuments == LongDocuments.CHUNKS ? 0 : Math.max(0, ids - textLength());
    }
}
