package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.unicode.CodePointBuffer;
import io.varlen.tokenizer.internal.unicode.CodePointMap;
import io.varlen.tokenizer.internal.unicode.Utf8;

/** Replaces code points one by one, each by none, one or more. */
class CodePointNormalizer implements Normalizer {
    private final CodePointMap replacements;
    private final boolean[] changesAscii = new boolean[128];

    /** @param replacements of every code point that changes, and no other */
    CodePointNormalizer(CodePointMap replacements) {
        this.replacements = replacements;
        for (int c = 0; c < changesAscii.length; c++) {
            changesAscii[c] = replacements.contains(c);
        }
    }

    @Override
    public final boolean keeps(byte[] utf8, int from, int to) {
        return endOfKept(utf8, from, to) == to;
    }

    /** Where the first code point that changes begins in {@code utf8[from, to)}; {@code to} if none does. */
    private int endOfKept(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to) {
            byte lead = utf8[at];
            if (lead >= 0) {
                if (changesAscii[lead]) {
                    return at;
                }
                at++;
            } else {
                if (replacements.contains(Utf8.codePointAt(utf8, at))) {
                    return at;
                }
                at += Utf8.lengthAt(utf8, at);
            }
        }
        return to;
    }

    @Override
    public final void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        CodePointBuffer scratch = null;
        int at = from;
        while (at < to) {
            int changed = endOfKept(text.bytes, at, to);
            if (changed > at) {
                out.copy(text, at, changed);
            }
            if (changed == to) {
                return;
            }
            if (scratch == null) {
                scratch = new CodePointBuffer();
            }
            scratch.clear();
            at = rewrite(text.bytes, changed, to, scratch);
            for (int i = 0; i < scratch.size(); i++) {
                out.append(scratch.get(i), text, changed, at);
            }
        }
    }

    /**
     * Appends what becomes of the code point at {@code at}, which changes, and of as many more as must be seen together.
     *
     * @return where the code points end that were dealt with, at most {@code to}
     */
    int rewrite(byte[] utf8, int at, int to, CodePointBuffer out) {
        replacements.append(Utf8.codePointAt(utf8, at), out);
        return at + Utf8.lengthAt(utf8, at);
    }
}
