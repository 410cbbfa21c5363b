package io.varlen.model;

/** How the hidden states of a sequence's tokens become one vector. */
public enum Pooling {
    /** The mean over all tokens, special tokens among them. */
    MEAN,
    /** The first token's, {@code [CLS]} in BERT. */
    CLS
}
