package io.varlen.tokenizer.internal.pretokenizer;

import java.util.Arrays;

/** A string, not empty, that stands for itself. */
record LiteralPattern(byte[] literal) implements Pattern {
    @Override
    public int match(byte[] utf8, int position, int to) {
        int end = position + literal.length;
        return end <= to && Arrays.equals(utf8, position, end, literal, 0, literal.length) ? end : position;
    }
}
