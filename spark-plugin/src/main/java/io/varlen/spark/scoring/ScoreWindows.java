package io.varlen.spark.scoring;

import io.varlen.InvalidInputException;
import java.io.Serializable;

/**
 * The sliding window in which a document is scored that is longer than the model's input: the first window is the first
 * {@code maxLength} tokens; each later one begins {@code stride} tokens before the first that is not scored yet, which give
 * it context, and is as long as there are tokens. So every token but the document's first is scored in exactly one window.
 *
 * <p>These are the windows of the guide "Perplexity of fixed-length models" in transformers' documentation, whose {@code
 * stride} is the step from one window to the next: {@code maxLength - stride} here. As there, the windows slide over the one
 * sequence that the tokenizer gave: a token that begins a document, such as BOS, is not repeated.
 *
 * @param maxLength the most tokens of a window
 * @param stride how many of them are context in every window but the first
 */
public record ScoreWindows(int maxLength, int stride) implements Serializable {
    /** @throws InvalidInputException if no window could score a token, or one could not score its first */
    public ScoreWindows {
        if (maxLength < 2) {
            throw new InvalidInputException("--max-length is " + maxLength
                    + "; to score a token takes one before it, so it must be at least 2");
        }
        if (stride < 1 || stride >= maxLength) {
            throw new InvalidInputException("--stride is " + stride + "; it must be from 1 to " + (maxLength - 1)
                    + ", so that every token has context and every window of " + maxLength + " tokens gets on");
        }
    }

    /** The windows of a document of so many tokens; none if it has no token that follows another. */
    int count(int tokens) {
        if (tokens < 2) {
            return 0;
        }
        int step = maxLength - stride;
        return tokens <= maxLength ? 1 : 1 + (int) ((tokens - (long) maxLength + step - 1) / step);
    }

    /** The first token of the n-th window. */
    int start(int window) {
        return Math.multiplyExact(window, maxLength - stride);
    }

    /** The token behind the n-th window of a document of so many tokens. */
    int end(int window, int tokens) {
        return (int) Math.min(tokens, start(window) + (long) maxLength);
    }

    /** The first token that the n-th window scores. */
    int firstScored(int window) {
        return window == 0 ? 1 : start(window) + stride;
    }
}
