package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.PieceSink;
import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.unicode.Unicode;
import io.varlen.tokenizer.internal.unicode.Utf8;

/** Hugging Face's {@code BertPreTokenizer}: drops white space and isolates each punctuation character. */
public final class BertPreTokenizer implements PreTokenizer {
    private static final byte WORD = 0;
    private static final byte SPACE = 1;
    private static final byte PUNCTUATION = 2;
    private static final byte[] ASCII = new byte[128];

    static {
        for (int c = 0; c < ASCII.length; c++) {
            ASCII[c] = kindOf(c);
        }
    }

    private static byte kindOf(int codePoint) {
        if (Unicode.WHITE_SPACE.contains(codePoint)) {
            return SPACE;
        }
        return Unicode.PUNCTUATION.contains(codePoint) ? PUNCTUATION : WORD;
    }

    @Override
    public void split(Utf8Text text, int from, int to, PieceSink sink) {
        byte[] utf8 = text.bytes;
        int start = from;
        int at = from;
        while (at < to) {
            byte lead = utf8[at];
            byte kind = lead >= 0 ? ASCII[lead] : kindOf(Utf8.codePointAt(utf8, at));
            int next = at + Utf8.lengthAt(utf8, at);
            if (kind != WORD) {
                if (start < at) {
                    sink.accept(text, start, at);
                }
                if (kind == PUNCTUATION) {
                    sink.accept(text, at, next);
                }
                start = next;
            }
            at = next;
        }
        if (start < to) {
            sink.accept(text, start, to);
        }
    }
}
