package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.LETTER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NEWLINE;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NUMBER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.SPACE;

import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}
 * and its kin.
 */
final class Cl100kPattern implements Pattern {
    private final int word;
    private final int maxDigits;

    /**
     * @param word the classes in the place of {@code \p{L}} (but not of the one behind {@code \r\n})
     * @param maxDigits how many {@code \p{N}} are one piece
     */
    Cl100kPattern(int word, int maxDigits) {
        this.word = word;
        this.maxDigits = maxDigits;
    }

    @Override
    public int match(byte[] utf8, int position, int to) {
        int classes = CharClasses.at(utf8, position);
        if ((classes & word) != 0) {
            return CharClasses.runOfWord(word, utf8, position, to);
        }
        int contraction = Contractions.match(utf8, position, to, true);
        if (contraction > position) {
            return contraction;
        }
        if ((classes & NUMBER) != 0) {
            return Digits.match(maxDigits, utf8, position, to);
        }
        int next = position + Utf8.lengthAt(utf8, position);
        if ((classes & NEWLINE) == 0 && next < to && (CharClasses.at(utf8, next) & word) != 0) {
            return CharClasses.runOfWord(word, utf8, next, to);
        }
        int symbols = symbols(utf8, position, to);
        return symbols > position
                ? CharClasses.runOf(NEWLINE, utf8, symbols, to)
                : Whitespace.matchLines(utf8, position, to);
    }

    /** The end of {@code ?[^\s\p{L}\p{N}]+}. */
    private int symbols(byte[] utf8, int position, int to) {
        int start = utf8[position] == ' ' ? position + 1 : position;
        int end = CharClasses.runOfOthers(SPACE | NUMBER | LETTER | word, utf8, start, to);
        return end > start ? end : position;
    }
}
