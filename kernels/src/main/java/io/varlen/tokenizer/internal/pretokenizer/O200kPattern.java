package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.LETTER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.LOWER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.MARK;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NEWLINE;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NUMBER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.SPACE;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.UPPER;

import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * With U for {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]}, W for {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]} and C for the optional
 * contraction {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)?}:
 *
 * <pre>[^\r\n\p{L}\p{N}]?U*W+C|[^\r\n\p{L}\p{N}]?U+W*C|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</pre>
 */
final class O200kPattern implements Pattern {
    private final int maxDigits;
    private final boolean contractions;

    /**
     * @param maxDigits how many {@code \p{N}} are one piece
     * @param contractions whether a word takes in the contraction behind it
     */
    O200kPattern(int maxDigits, boolean contractions) {
        this.maxDigits = maxDigits;
        this.contractions = contractions;
    }

    @Override
    public int match(byte[] utf8, int position, int to) {
        int classes = CharClasses.at(utf8, position);
        if ((classes & NUMBER) != 0) {
            return Digits.match(maxDigits, utf8, position, to);
        }
        int word = word(classes, utf8, position, to);
        if (word > position) {
            return contractions ? Contractions.match(utf8, word, to, true) : word;
        }
        int start = utf8[position] == ' ' ? position + 1 : position;
        int end = CharClasses.runOfOthers(SPACE | LETTER | NUMBER, utf8, start, to);
        return end > start ? lineBreaksAndSlashes(utf8, end, to) : Whitespace.matchLines(utf8, position, to);
    }

    /** The end of the word that begins at {@code position}; {@code position} if there is none. */
    private static int word(int classes, byte[] utf8, int position, int to) {
        // a mark is in U, in W and in [^\r\n\p{L}\p{N}]: whichever takes it, the match ends at the same place
        if ((classes & (LETTER | MARK)) != 0) {
            return capitalized(utf8, position, to);
        }
        if ((classes & NEWLINE) != 0) {
            return position;
        }
        int next = position + Utf8.lengthAt(utf8, position);
        int end = capitalized(utf8, next, to);
        return end > next ? end : position;
    }

    /** {@code U*W+|U+W*} at {@code start}; {@code start} if there is none. */
    private static int capitalized(byte[] utf8, int start, int to) {
        int upper = CharClasses.runOf(UPPER, utf8, start, to);
        int lower = CharClasses.runOfLower(LOWER, utf8, upper, to);
        if (lower > upper) {
            return lower;
        }
        // U* gives back characters until W+ has one; failing that, U+ stands alone
        int caseless = endOfLastLower(utf8, start, upper);
        return caseless > start ? caseless : upper;
    }

    /** The end of the last character of {@code [start, end)} that is also in W; {@code start} if there is none. */
    private static int endOfLastLower(byte[] utf8, int start, int end) {
        int p = end;
        while (p > start) {
            int previous = Utf8.startBefore(utf8, p);
            if ((CharClasses.at(utf8, previous) & LOWER) != 0) {
                return p;
            }
            p = previous;
        }
        return start;
    }

    private static int lineBreaksAndSlashes(byte[] utf8, int position, int to) {
        int p = position;
        while (p < to && (utf8[p] == '\n' || utf8[p] == '\r' || utf8[p] == '/')) {
            p++;
        }
        return p;
    }
}
