package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.PieceSink;
import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.Utf8Text;

/** Splits the pieces of one pre-tokenizer by another. */
record SequencePreTokenizer(PreTokenizer first, PreTokenizer second) implements PreTokenizer {
    @Override
    public void split(Utf8Text text, int from, int to, PieceSink sink) {
        first.split(text, from, to, (piece, start, end) -> second.split(piece, start, end, sink));
    }
}
