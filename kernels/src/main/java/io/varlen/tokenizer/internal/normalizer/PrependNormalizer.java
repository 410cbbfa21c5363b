package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;

/** Hugging Face's {@code Prepend}: puts a string, not empty, before a text that is not empty. */
record PrependNormalizer(String prefix) implements Normalizer {
    @Override
    public boolean keeps(byte[] utf8, int from, int to) {
        return from == to;
    }

    @Override
    public void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        if (from < to) {
            prefix.codePoints().forEach(c -> out.append(c, text, from, from));
            out.copy(text, from, to);
        }
    }
}
