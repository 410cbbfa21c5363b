package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.LETTER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NUMBER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.SPACE;

/** {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+} */
final class Gpt2Pattern implements Pattern {
    @Override
    public int match(byte[] utf8, int position, int to) {
        int start = position;
        if (utf8[position] == ' ' && position + 1 < to) {
            start++;
        } else {
            int contraction = Contractions.match(utf8, position, to, false);
            if (contraction > position) {
                return contraction;
            }
        }
        int classes = CharClasses.at(utf8, start);
        if ((classes & LETTER) != 0) {
            return CharClasses.runOfWord(LETTER, utf8, start, to);
        }
        if ((classes & NUMBER) != 0) {
            return CharClasses.runOf(NUMBER, utf8, start, to);
        }
        if ((classes & SPACE) != 0) {
            return Whitespace.match(utf8, position, to);
        }
        return CharClasses.runOfOthers(SPACE | LETTER | NUMBER, utf8, start, to);
    }
}
