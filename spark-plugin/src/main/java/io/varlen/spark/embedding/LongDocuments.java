package io.varlen.spark.embedding;

import io.varlen.Choice;
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
     * @throws InvalidInputException naming those there are
     */
    public static LongDocuments ofName(String name) {
        return Choice.ofName("way with long documents", values(), LongDocuments::optionName, name);
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
