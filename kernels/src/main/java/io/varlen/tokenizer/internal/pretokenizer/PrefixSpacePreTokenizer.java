package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.PieceSink;
import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.Utf8Text;

/** Puts a space before a text that does not begin with one. */
final class PrefixSpacePreTokenizer implements PreTokenizer {
    @Override
    public void split(Utf8Text text, int from, int to, PieceSink sink) {
        if (from == to || text.bytes[from] == ' ') {
            PreTokenizers.WHOLE.split(text, from, to, sink);
        } else {
            Utf8Text prefixed = text.derive();
            prefixed.append(' ', text, from, from);
            prefixed.copy(text, from, to);
            sink.accept(prefixed, prefixed.start, prefixed.end);
        }
    }
}
