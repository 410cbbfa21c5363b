package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.LETTER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.MARK;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NEWLINE;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.PUNCTUATION;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.SPACE;

import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * {@code [ASCII punctuation][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}
 *
 * <p>Numbers and control characters that no word follows are not matched.
 */
final class DeepSeekPattern implements Pattern {
    private static final int WORD = LETTER | MARK;

    @Override
    public int match(byte[] utf8, int position, int to) {
        int classes = CharClasses.at(utf8, position);
        if ((classes & WORD) != 0) {
            return CharClasses.runOfWord(WORD, utf8, position, to);
        }
        int next = position + Utf8.lengthAt(utf8, position);
        if ((classes & PUNCTUATION) != 0) {
            int name = utf8[position] >= 0 ? AsciiRuns.letters(utf8, next, to) : next;
            return name > next ? name : symbols(utf8, next, to);
        }
        if ((classes & NEWLINE) == 0 && next < to && (CharClasses.at(utf8, next) & WORD) != 0) {
            return CharClasses.runOfWord(WORD, utf8, next, to);
        }
        if (utf8[position] == ' ' && next < to && (CharClasses.at(utf8, next) & PUNCTUATION) != 0) {
            return symbols(utf8, next, to);
        }
        return (classes & SPACE) != 0 ? Whitespace.matchLines(utf8, position, to) : position;
    }

    /** {@code [\p{P}\p{S}]*[\r\n]*}. */
    private static int symbols(byte[] utf8, int position, int to) {
        return CharClasses.runOf(NEWLINE, utf8, CharClasses.runOf(PUNCTUATION, utf8, position, to), to);
    }
}
