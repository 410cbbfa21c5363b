package io.varlen.spark.embedding;

import io.varlen.InvalidInputException;
import java.util.Locale;

/** What becomes of a document that is longer than the model's input. */
public enum LongDocuments {
    /** Its first tokens are the input, with the special tokens that close a complete one. */
    TRUNCATE,
    /**
     * It is cut into complete inputs, the remainder last; their pooled vectors, before normalisation, are averaged by
     * source tokens.
     */
    CHUNKS;

    /**
     * The way of that lower-case name.
     *
     * @throws InvalidInputException naming the two right ones
     */
    public static LongDocuments ofName(String name) {
        for (LongDocuments way : values()) {
            if (way.optionName().equals(name)) {
                return way;
            }
        }
        throw new InvalidInputException("there is no way '" + name + "' for long documents; it is truncate or chunks");
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
