package io.varlen.packing;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import io.varlen.tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.Locale;

/**
 * Where a tokenizer's special tokens go when a document is split into pieces, and so what "the token ids of a document"
 * are: the one sequence that all positions, counts and ledgers refer to.
 *
 * <table>
 * <caption>A text of T ids, P prefix and S suffix ids, rows of L tokens</caption>
 * <tr><th>policy</th><th>the document's token ids</th><th>special tokens added</th></tr>
 * <tr><td>{@link #DOCUMENT}</td><td>prefix, text, suffix: what {@code encode(text)} gives</td><td>P + S</td></tr>
 * <tr><td>{@link #NONE}</td><td>the text</td><td>0</td></tr>
 * <tr><td>{@link #CHUNK}</td><td>the text cut into parts of L - P - S ids (the remainder last; one empty part if there is
 *     no text), each between prefix and suffix, end to end</td><td>(P + S) · parts</td></tr>
 * </table>
 *
 * <p>Under every policy the pieces of a document are then the same thing: the consecutive {@code L}-token runs of that
 * sequence, the remainder last. Piece c starts at {@code token_start = c · L}, {@code token_count} is the length of its
 * segment, the pieces joined in {@code chunk} order are the whole sequence, and {@code source_tokens +
 * added_special_tokens} is its length. Under {@code CHUNK} every piece is a complete model input, and a piece's text
 * starts at id {@code token_start - chunk · (P + S)} of the text. {@link #textOf} recovers the text's ids.
 */
public enum SpecialTokensPolicy {
    /** Once around each document. */
    DOCUMENT,
    /** Never. */
    NONE,
    /** Around each chunk. */
    CHUNK;

    private static final int[] NO_IDS = {};

    /**
     * The policy of that lower-case name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static SpecialTokensPolicy ofName(String name) {
        return Choice.ofName("special tokens policy", values(), SpecialTokensPolicy::optionName, name);
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The token ids of a document whose text has the ids {@code text[from, to)}; empty if the document has no token.
     *
     * @throws InvalidInputException if under {@code CHUNK} {@code seqLen} leaves no room for text
     */
    public int[] sequenceOf(int[] text, int from, int to, SpecialTokens special, int seqLen) {
        int[] prefix = prefix(special);
        int[] suffix = suffix(special);
        int part = partLength(special, seqLen);
        int parts = parts(to - from, part);
        int[] sequence = new int[Math.toIntExact(to - from + (long) parts * (prefix.length + suffix.length))];
        int at = 0;
        for (int p = 0; p < parts; p++) {
            int start = from + p * part;
            int length = Math.min(part, to - start);
            at = append(prefix, 0, prefix.length, sequence, at);
            at = append(text, start, length, sequence, at);
            at = append(suffix, 0, suffix.length, sequence, at);
        }
        return sequence;
    }

    /**
     * The inverse of {@link #sequenceOf}: the ids of the text alone.
     *
     * @throws IllegalArgumentException if {@code sequence} does not have its special tokens where this policy puts them
     */
    public int[] textOf(int[] sequence, SpecialTokens special, int seqLen) {
        int added = Math.toIntExact(addedSpecialTokens(sequence.length, special, seqLen));
        int[] text = new int[sequence.length - added];
        int[] prefix = prefix(special);
        int[] suffix = suffix(special);
        int part = partLength(special, seqLen);
        int parts = parts(text.length, part);
        int at = 0;
        for (int p = 0, filled = 0; p < parts; p++) {
            int length = Math.min(part, text.length - filled);
            at = require(prefix, sequence, at);
            append(sequence, at, length, text, filled);
            at = require(suffix, sequence, at + length);
            filled += length;
        }
        if (at < sequence.length) {
            throw new IllegalArgumentException(
                    "token ids from position " + at + " on belong to no chunk of policy " + optionName());
        }
        return text;
    }

    /**
     * The length of {@link #sequenceOf} a text of {@code textLength} ids.
     *
     * @throws InvalidInputException if under {@code CHUNK} {@code seqLen} leaves no room for text
     */
    public long sequenceLength(int textLength, SpecialTokens special, int seqLen) {
        int part = partLength(special, seqLen);
        return this == NONE ? textLength : textLength + (long) parts(textLength, part) * special.count();
    }

    /**
     * How many of a document's {@code sequenceLength} token ids are special tokens.
     *
     * @throws IllegalArgumentException if no document can have so many
     */
    public long addedSpecialTokens(long sequenceLength, SpecialTokens special, int seqLen) {
        long parts =
                switch (this) {
                    case NONE -> 0;
                    case DOCUMENT -> 1;
                    case CHUNK -> (sequenceLength + seqLen - 1) / seqLen;
                };
        long added = parts * special.count();
        if (added > sequenceLength) {
            throw new IllegalArgumentException(sequenceLength + " token ids cannot hold the " + added
                    + " special tokens of policy " + optionName());
        }
        return added;
    }

    private int partLength(SpecialTokens special, int seqLen) {
        if (this != CHUNK) {
            return Integer.MAX_VALUE;
        }
        if (seqLen <= special.count()) {
            throw new InvalidInputException("a sequence length of " + seqLen + " leaves no room for text beside the "
                    + special.count()
                    + " special tokens that the policy 'chunk' adds to each chunk; it must be at least "
                    + (special.count() + 1));
        }
        return seqLen - special.count();
    }

    private static int parts(int length, int part) {
        return Math.max(1, (int) ((length + part - 1L) / part));
    }

    private int[] prefix(SpecialTokens special) {
        return this == NONE ? NO_IDS : special.prefix();
    }

    private int[] suffix(SpecialTokens special) {
        return this == NONE ? NO_IDS : special.suffix();
    }

    private static int append(int[] ids, int from, int count, int[] to, int at) {
        System.arraycopy(ids, from, to, at, count);
        return at + count;
    }

    private int require(int[] special, int[] sequence, int at) {
        int end = at + special.length;
        if (end > sequence.length || !Arrays.equals(special, 0, special.length, sequence, at, end)) {
            throw new IllegalArgumentException("token ids at position " + at + " are not the special tokens "
                    + Arrays.toString(special) + " of policy " + optionName());
        }
        return end;
    }
}
