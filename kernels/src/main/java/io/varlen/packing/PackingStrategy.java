package io.varlen.packing;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import java.util.Locale;

/**
 * Which pieces share a row. "Order" is the seeded order of a group: by group hash, id bytes and chunk.
 *
 * <p>{@link #BFD} and {@link #FFD} look at lengths alone, so their plan follows from a histogram; the others take the pieces
 * in order.
 */
public enum PackingStrategy {
    /** Best-fit-decreasing: longest first, each into the row that it fits most tightly. */
    BFD,
    /** First-fit-decreasing: longest first, each into the oldest row that it fits into. */
    FFD,
    /** Concatenate and chunk: documents end to end in order, cut wherever a row is full; the last row keeps the tail. */
    WRAPPED,
    /** Next-fit: in order, each into the last row, or into a new one if it does not fit. Rows stay in order. */
    SEQUENTIAL,
    /** In order, each into a row drawn at random from those that it fits into, or into a new one if there is none. */
    RANDOM_FIT;

    /**
     * The strategy of that lower-case name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static PackingStrategy ofName(String name) {
        return Choice.ofName("packing strategy", values(), PackingStrategy::optionName, name);
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the rows come in the order of their pieces; those of the others are shuffled. */
    boolean keepsOrder() {
        return this == WRAPPED || this == SEQUENTIAL;
    }
}
