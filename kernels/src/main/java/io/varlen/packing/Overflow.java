package io.varlen.packing;

import io.varlen.InvalidInputException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What becomes of a document with more tokens than a row has room for.
 *
 * @param overlap of {@link Mode#SPLIT_OVERLAP}: how many tokens a chunk repeats of the one before it; else 0
 */
public record Overflow(Mode mode, int overlap) implements Serializable {

    /** The ways. A document that fits is the same one piece under each of them. */
    public enum Mode {
        /** Full pieces one after the other, the remainder last. */
        SPLIT,
        /** Full pieces, each beginning with the last tokens of the one before it, up to the document's end. */
        SPLIT_OVERLAP,
        /** The head is cut off: the document's last tokens stay. */
        TRUNCATE_HEAD,
        /** The tail is cut off: the document's first tokens stay. */
        TRUNCATE_TAIL,
        /** The document is left out. */
        DROP,
        /** There must be none. */
        FAIL;

        /** The name that options and manifests use. */
        public String optionName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public static final Overflow SPLIT = new Overflow(Mode.SPLIT, 0);

    /** Takes in the slice {@code [start, start + count)} of a document's token ids as its next piece. */
    public interface PieceSink {
        void piece(int start, int count);
    }

    /** @throws InvalidInputException if there is an overlap without need, or none where there must be one */
    public Overflow {
        if (mode == Mode.SPLIT_OVERLAP ? overlap < 1 : overlap != 0) {
            throw new InvalidInputException(
                    "--overflow " + mode.optionName() + " with an overlap of " + overlap + " tokens; "
                            + (mode == Mode.SPLIT_OVERLAP ? "it must be at least 1" : "only split-overlap has one"));
        }
    }

    /** Without an overlap. */
    public static Overflow of(Mode mode) {
        return new Overflow(mode, 0);
    }

    /**
     * From what {@link #optionName()} gives.
     *
     * @throws InvalidInputException naming those there are
     */
    public static Overflow ofName(String name) {
        List<String> names = Arrays.stream(Mode.values()).map(Mode::optionName).toList();
        String[] words = name.split(" ");
        int mode = names.indexOf(words[0]);
        boolean overlapping = mode == Mode.SPLIT_OVERLAP.ordinal();
        if (mode < 0 || words.length != (overlapping ? 2 : 1) || overlapping && !words[1].matches("[0-9]{1,9}")) {
            throw new InvalidInputException("'" + name + "' is no way to deal with over-long documents; it is one of "
                    + String.join(", ", names).replace("overlap", "overlap N"));
        }
        return new Overflow(Mode.values()[mode], overlapping ? Integer.parseInt(words[1]) : 0);
    }

    /** The name that manifests use; an overlap stands behind the mode. */
    public String optionName() {
        return mode.optionName() + (mode == Mode.SPLIT_OVERLAP ? " " + overlap : "");
    }

    /**
     * Cuts a document of {@code length} tokens into pieces of at most {@code limit}, in their order; none if it has no
     * token or is left out.
     *
     * @throws InvalidInputException under {@link Mode#FAIL} if it is too long
     */
    void cut(int length, int limit, PieceSink pieces) {
        if (length > 0 && length <= limit) {
            pieces.piece(0, length);
        } else if (length > 0) {
            switch (mode) {
                case SPLIT, SPLIT_OVERLAP -> split(length, limit, pieces);
                case TRUNCATE_HEAD -> pieces.piece(length - limit, limit);
                case TRUNCATE_TAIL -> pieces.piece(0, limit);
                case DROP -> {}
                case FAIL ->
                    throw new InvalidInputException(
                            "a document has " + length + " tokens; at most " + limit + " fit into a row");
            }
        }
    }

    private void split(int length, int limit, PieceSink pieces) {
        long end = 0; // a long, since the next start may lie beyond what an int holds
        for (long start = 0; end < length; start = end - overlap) {
            end = Math.min(length, start + limit);
            pieces.piece((int) start, (int) (end - start));
        }
    }
}
