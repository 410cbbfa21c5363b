package io.varlen.attention;

/** How the hidden states of a sequence's tokens become one vector. */
public enum Pooling {
    /** The mean over all tokens, special tokens among them. */
    MEAN,
    /** The first token's, {@code [CLS]} in BERT. */
    CLS,
    /** The last token's. */
    LAST_TOKEN,
    /** Per column, the largest. */
    MAX,
    /** The sum over all tokens, divided by the square root of their number. */
    MEAN_SQRT_LENGTH,
    /** The mean over all tokens with weights 1, 2, 3, …: later tokens count for more. */
    WEIGHTED_MEAN
}
