package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.unicode.Unicode;
import io.varlen.tokenizer.internal.unicode.Utf8;

/** Hugging Face's {@code Strip}: takes white space off the ends. */
record StripNormalizer(boolean left, boolean right) implements Normalizer {
    @Override
    public boolean keeps(byte[] utf8, int from, int to) {
        return start(utf8, from, to) == from && end(utf8, from, to) == to;
    }

    @Override
    public void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        int start = start(text.bytes, from, to);
        out.copy(text, start, end(text.bytes, start, to));
    }

    private int start(byte[] utf8, int from, int to) {
        int at = from;
        while (left && at < to && Unicode.WHITE_SPACE.contains(Utf8.codePointAt(utf8, at))) {
            at += Utf8.lengthAt(utf8, at);
        }
        return at;
    }

    private int end(byte[] utf8, int from, int to) {
        int end = to;
        while (right && end > from) {
            int last = Utf8.startBefore(utf8, end);
            if (!Unicode.WHITE_SPACE.contains(Utf8.codePointAt(utf8, last))) {
                break;
            }
            end = last;
        }
        return end;
    }
}
