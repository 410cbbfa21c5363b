package io.varlen.spark.embedding;

import io.varlen.InvalidInputException;
import io.varlen.tokenizer.SpecialTokens;

/**
 * How the token ids of a text become complete inputs of a model.
 *
 * <p>A prompt stands before the text when it is tokenized, so the ids of a text begin with it; of the inputs that a long text
 * becomes, each begins with the prompt.
 *
 * @param special surround every input
 * @param prompt the ids of the prompt by itself; empty if there is none
 * @param maxLength the longest input, with its special tokens
 * @param longDocuments what becomes of longer texts
 */
public record ModelInput(SpecialTokens special, int[] prompt, int maxLength, LongDocuments longDocuments)
        implements java.io.Serializable {
    public ModelInput {
        int around = special.count() + prompt.length;
        if (maxLength <= around) {
            throw new InvalidInputException("--max-length " + maxLength + " leaves no room for text beside "
                    + special.count() + " special tokens"
                    + (prompt.length == 0 ? "" : " and a prompt of " + prompt.length) + "; it is at least "
                    + (around + 1));
        }
    }

    /** Without a prompt. */
    public ModelInput(SpecialTokens special, int maxLength, LongDocuments longDocuments) {
        this(special, new int[0], maxLength, longDocuments);
    }

    /** The ids of prompt and text that one input holds at most. */
    int textLength() {
        return maxLength - special.count();
    }

    /** The ids of text that the inputs behind a text's first hold at most; the first holds the prompt's besides. */
    int textLengthBehindPrompt() {
        return textLength() - prompt.length;
    }

    /** The inputs that a text of {@code ids} ids becomes; 0 only if not even special tokens would be in it. */
    int inputsOf(int ids) {
        if (ids + special.count() == 0) {
            return 0;
        }
        if (longDocuments == LongDocuments.TRUNCATE || ids <= textLength()) {
            return 1;
        }
        return (int) (1 + (ids - textLength() + textLengthBehindPrompt() - 1L) / textLengthBehindPrompt());
    }

    /** The ids of a text that no input holds. */
    int truncatedOf(int ids) {
        return longDocuments == LongDocuments.CHUNKS ? 0 : Math.max(0, ids - textLength());
    }
}
