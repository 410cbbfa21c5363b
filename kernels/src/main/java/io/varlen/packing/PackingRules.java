package io.varlen.packing;

import io.varlen.InvalidInputException;
import io.varlen.packing.Overflow.Mode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * How documents become rows.
 *
 * @param strategy which pieces share a row
 * @param limits what fits into one
 * @param overflow what becomes of documents that are longer
 */
public record PackingRules(PackingStrategy strategy, RowLimits limits, Overflow overflow) implements Serializable {

    /** @throws InvalidInputException if the three do not go together, saying why */
    public PackingRules {
        if (strategy == PackingStrategy.WRAPPED) {
            refuseForWrapped(overflow.mode() != Mode.SPLIT, "--overflow " + overflow.optionName());
            refuseForWrapped(limits.padToMultiple() != 1, "--pad-to-multiple");
            refuseForWrapped(limits.maxDocuments() != RowLimits.ANY_NUMBER, "--max-documents-per-row");
            refuseForWrapped(limits.maxSquaredLength() != RowLimits.UNBOUNDED, "--max-squared-length");
        }
        if (overflow.overlap() >= limits.pieceLimit()) {
            throw new InvalidInputException("--overflow " + overflow.optionName() + " repeats as many tokens as the "
                    + limits.pieceLimit() + " that a chunk may have; the overlap must be less");
        }
    }

    /** The default: best-fit-decreasing without limits, over-long documents split. */
    public static PackingRules ofLength(int seqLen) {
        return new PackingRules(PackingStrategy.BFD, RowLimits.ofLength(seqLen), Overflow.SPLIT);
    }

    /** Whether a document of so many tokens does not fit into a row as it is. Under {@code wrapped} none is too long. */
    public boolean isTooLong(int length) {
        return strategy != PackingStrategy.WRAPPED && length > limits.pieceLimit();
    }

    /**
     * Counts what a document of {@code length} tokens brings to its group: its pieces by the slots that they take up;
     * under {@code wrapped}, whose pieces depend on the documents before it, itself.
     */
    public void count(int length, LengthHistogram slots) {
        count(length, 1, slots);
    }

    /** Counts what {@code documents} documents of {@code length} tokens bring. */
    void count(int length, long documents, LengthHistogram slots) {
        if (strategy != PackingStrategy.WRAPPED) {
            overflow.cut(length, limits.pieceLimit(), (start, count) -> slots.add(limits.slots(count), documents));
        } else if (length > 0) {
            slots.add(length, documents);
        }
    }

    /**
     * How many rows a group will have, if that follows from what {@link #count} counted of its documents; else the {@link
     * RowDealer} knows.
     */
    public OptionalLong rows(LengthHistogram slots) {
        return switch (strategy) {
            case BFD, FFD -> OptionalLong.of(plan(slots).rows());
            case WRAPPED -> OptionalLong.of((slots.tokens() + limits.seqLen() - 1) / limits.seqLen());
            case SEQUENTIAL, RANDOM_FIT -> OptionalLong.empty();
        };
    }

    /** How many tokens of a document are in rows, repeated ones as often as they are there; 0 if it is left out. */
    public long keptTokens(int length) {
        if (strategy == PackingStrategy.WRAPPED) {
            return length;
        }
        long[] kept = new long[1];
        overflow.cut(length, limits.pieceLimit(), (start, count) -> kept[0] += count);
        return kept[0];
    }

    /** The plan of a strategy that looks at lengths alone. */
    PackingPlan plan(LengthHistogram slots) {
        return strategy == PackingStrategy.FFD
                ? PackingPlan.firstFitDecreasing(slots, limits)
                : PackingPlan.bestFitDecreasing(slots, limits);
    }

    /** Whether a document may end up as more than one piece. Under {@code wrapped} one that fits may, too. */
    public boolean splits() {
        return overflow.mode() == Mode.SPLIT || overflow.mode() == Mode.SPLIT_OVERLAP;
    }

    /** With another way to deal with over-long documents. */
    public PackingRules with(Overflow other) {
        return new PackingRules(strategy, limits, other);
    }

    /** The pieces of a document, none if it has no token or is left out. Not for {@code wrapped}. */
    List<Piece> pieces(TokenizedDocument document) {
        List<Piece> pieces = new ArrayList<>();
        overflow.cut(
                document.ids().length,
                limits.pieceLimit(),
                (start, count) -> pieces.add(new Piece(document, pieces.size(), start, count)));
        return pieces;
    }

    private static void refuseForWrapped(boolean given, String option) {
        if (given) {
            throw new InvalidInputException(option + " does not go with --strategy wrapped, which cuts documents"
                    + " wherever a row is full; it goes with the other strategies");
        }
    }
}
