package io.varlen.tokenizer.internal.description;

/** What becomes of the matches of a splitting pattern. */
public enum SplitBehavior {
    /** They are dropped. */
    REMOVED,
    /** Each is a piece. */
    ISOLATED,
    /** Each ends the piece before it. */
    MERGED_WITH_PREVIOUS,
    /** Each begins the piece behind it. */
    MERGED_WITH_NEXT,
    /** Neighbours are one piece. */
    CONTIGUOUS
}
