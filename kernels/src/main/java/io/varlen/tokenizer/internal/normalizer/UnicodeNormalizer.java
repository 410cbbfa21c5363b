package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.unicode.CodePointBuffer;
import io.varlen.tokenizer.internal.unicode.Normalization;
import io.varlen.tokenizer.internal.unicode.Utf8;

/** Hugging Face's {@code NFC}, {@code NFD}, {@code NFKC} and {@code NFKD}. */
public final class UnicodeNormalizer implements Normalizer {
    private final Normalization form;

    public UnicodeNormalizer(Normalization form) {
        this.form = form;
    }

    @Override
    public boolean keeps(byte[] utf8, int from, int to) {
        return endOfKept(utf8, from, to) == to;
    }

    /**
     * Where the first piece begins that may change; {@code to} if none does. Looks at no code point twice, for the last
     * one before a piece that changes belongs to it.
     */
    private int endOfKept(byte[] utf8, int from, int to) {
        int previous = from;
        for (int at = from; at < to; ) {
            byte lead = utf8[at];
            if (lead >= 0) {
                previous = at++;
                continue;
            }
            int codePoint = Utf8.codePointAt(utf8, at);
            if (!form.startsPiece(codePoint)) {
                return previous;
            }
            if (!form.isInert(codePoint)) {
                return at;
            }
            previous = at;
            at += Utf8.lengthAt(utf8, at);
        }
        return to;
    }

    @Override
    public void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        CodePointBuffer piece = new CodePointBuffer();
        CodePointBuffer normal = new CodePointBuffer();
        int at = from;
        while (at < to) {
            int changed = endOfKept(text.bytes, at, to);
            out.copy(text, at, changed);
            at = changed;
            if (at < to) {
                int end = endOfPiece(text.bytes, at, to, piece);
                normal.clear();
                form.normalize(piece, normal);
                for (int i = 0; i < normal.size(); i++) {
                    out.append(normal.get(i), text, at, end);
                }
                at = end;
            }
        }
    }

    private int endOfPiece(byte[] utf8, int from, int to, CodePointBuffer piece) {
        piece.clear();
        int at = from;
        do {
            piece.add(Utf8.codePointAt(utf8, at));
            at += Utf8.lengthAt(utf8, at);
        } while (at < to && !form.startsPiece(Utf8.codePointAt(utf8, at)));
        return at;
    }
}
