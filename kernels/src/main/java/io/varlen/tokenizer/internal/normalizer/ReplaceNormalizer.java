package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.Arrays;

/** Hugging Face's {@code Replace}, of a string or of runs of one character; matches are looked for from left to right. */
final class ReplaceNormalizer implements Normalizer {
    private final byte[] pattern;
    private final boolean runs;
    private final int[] content;

    /** Replaces {@code pattern}. */
    ReplaceNormalizer(byte[] pattern, String content) {
        this(pattern, false, content);
    }

    private ReplaceNormalizer(byte[] pattern, boolean runs, String content) {
        this.pattern = pattern;
        this.runs = runs;
        this.content = content.codePoints().toArray();
    }

    /** Replaces every longest run of {@code character} that has at least {@code least} of it. */
    static ReplaceNormalizer ofRuns(char character, int least, String content) {
        byte[] shortest = new byte[least];
        Arrays.fill(shortest, (byte) character);
        return new ReplaceNormalizer(shortest, true, content);
    }

    @Override
    public boolean keeps(byte[] utf8, int from, int to) {
        return find(utf8, from, to) == to;
    }

    @Override
    public void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        for (int at = from; at < to; ) {
            int match = find(text.bytes, at, to);
            out.copy(text, at, match);
            at = match;
            if (match < to) {
                at = endOfMatch(text.bytes, match, to);
                // the library lets the replacement stem from the match's last character
                int last = Utf8.startBefore(text.bytes, at);
                for (int c : content) {
                    out.append(c, text, last, at);
                }
            }
        }
    }

    /** Where the first match in {@code utf8[from, to)} begins; {@code to} if there is none. */
    private int find(byte[] utf8, int from, int to) {
        byte first = pattern[0];
        int last = to - pattern.length;
        for (int at = from; at <= last; at++) {
            if (utf8[at] == first && isMatch(utf8, at)) {
                return at;
            }
        }
        return to;
    }

    private boolean isMatch(byte[] utf8, int at) {
        int i = 1;
        while (i < pattern.length && utf8[at + i] == pattern[i]) {
            i++;
        }
        return i == pattern.length;
    }

    private int endOfMatch(byte[] utf8, int match, int to) {
        int end = match + pattern.length;
        while (runs && end < to && utf8[end] == pattern[0]) {
            end++;
        }
        return end;
    }
}
