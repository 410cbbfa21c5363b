package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.unicode.GraphemeClusters;
import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * Hugging Face's {@code Precompiled}: SentencePiece's table of replacements, looked up as that library does it. A grapheme
 * cluster of at most 5 bytes that the table knows a prefix of is replaced as a whole by what stands for the shortest such
 * prefix, so that the rest of it disappears; every other cluster is looked up code point by code point.
 */
public final class PrecompiledNormalizer implements Normalizer {
    private static final int LONGEST_CLUSTER = 5;

    private final Charsmap charsmap;
    private final boolean[] joinsOrChanges = new boolean[128];

    public PrecompiledNormalizer(Charsmap charsmap) {
        this.charsmap = charsmap;
        for (int c = 0; c < joinsOrChanges.length; c++) {
            joinsOrChanges[c] = c == '\r' || charsmap.find(new byte[] {(byte) c}, 0, 1) >= 0;
        }
    }

    @Override
    public boolean keeps(byte[] utf8, int from, int to) {
        return endOfPlain(utf8, from, to) == to;
    }

    /** Where the ASCII characters end that are clusters of their own and not replaced. */
    private int endOfPlain(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && utf8[at] >= 0 && !joinsOrChanges[utf8[at]]) {
            at++;
        }
        // a code point outside ASCII may join the character before it
        return at == to || at == from || utf8[at] >= 0 ? at : at - 1;
    }

    @Override
    public void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        int at = from;
        while (at < to) {
            int plain = endOfPlain(text.bytes, at, to);
            if (plain > at) {
                out.copy(text, at, plain);
                at = plain;
            } else {
                int end = GraphemeClusters.endOf(text.bytes, at, to);
                normalizeCluster(text, at, end, out);
                at = end;
            }
        }
    }

    private void normalizeCluster(Utf8Text text, int from, int to, Utf8Text out) {
        if (to - from <= LONGEST_CLUSTER && replace(text, from, to, out)) {
            return;
        }
        for (int at = from; at < to; ) {
            int next = at + Utf8.lengthAt(text.bytes, at);
            if (!replace(text, at, next, out)) {
                out.copy(text, at, next);
            }
            at = next;
        }
    }

    private boolean replace(Utf8Text text, int from, int to, Utf8Text out) {
        int replacement = charsmap.find(text.bytes, from, to);
        if (replacement < 0) {
            return false;
        }
        byte[] strings = charsmap.strings();
        for (int at = replacement; at < strings.length && strings[at] != 0; at += Utf8.lengthAt(strings, at)) {
            out.append(Utf8.codePointAt(strings, at), text, from, to);
        }
        return true;
    }
}
