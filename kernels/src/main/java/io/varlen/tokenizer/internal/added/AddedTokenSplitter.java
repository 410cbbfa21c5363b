package io.varlen.tokenizer.internal.added;

import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.AddedTokenSpec;
import io.varlen.tokenizer.internal.unicode.Unicode;
import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.List;
import java.util.Map;

/**
 * Cuts texts at added tokens as Hugging Face's {@code AddedVocabulary} does.
 *
 * <p>Tokens are found from left to right, of those that begin at one place the longest, and the search goes on behind it. A
 * {@code single_word} token next to a word character is passed over. {@code lstrip} and {@code rstrip} then take in
 * whitespace; on the left no more than is left over, but on the right even where the next token begins, which then counts
 * as well, unless it takes in whitespace on its left and so nothing is left over of it.
 */
public final class AddedTokenSplitter {
    private final ByteTrie trie;
    private final List<AddedTokenSpec> tokens;

    /** Receives the parts of a text in order. */
    public interface Sink {
        /** Takes a part that is no added token, never empty. */
        void text(Utf8Text text, int from, int to);

        /** Takes an added token, with the whitespace that it has taken in. */
        void token(int id, Utf8Text text, int from, int to);
    }

    /** @param numbers what to look for, and which of {@code tokens} that is */
    AddedTokenSplitter(Map<byte[], Integer> numbers, List<AddedTokenSpec> tokens) {
        this.trie = new ByteTrie(numbers);
        this.tokens = tokens;
    }

    /** Passes {@code text.bytes[from, to)} on to {@code sink}. */
    public void split(Utf8Text text, int from, int to, Sink sink) {
        byte[] utf8 = text.bytes;
        int done = from;
        int position = trie.nextCandidate(utf8, from, to);
        while (position < to) {
            long match = trie.longestMatch(utf8, position, to);
            if (match < 0) {
                position = trie.nextCandidate(utf8, position + 1, to);
                continue;
            }
            AddedTokenSpec token = tokens.get((int) match);
            int end = (int) (match >>> 32);
            if (!token.singleWord() || standsAlone(utf8, from, position, end, to)) {
                int start = token.lstrip() ? Math.max(done, startOfSpaces(utf8, done, position)) : position;
                int stop = token.rstrip() ? endOfSpaces(utf8, end, to) : end;
                if (done < start) {
                    sink.text(text, done, start);
                }
                if (start < stop) {
                    sink.token(token.id(), text, start, stop);
                }
                done = stop;
            }
            position = trie.nextCandidate(utf8, end, to);
        }
        if (done < to) {
            sink.text(text, done, to);
        }
    }

    private static boolean standsAlone(byte[] utf8, int from, int start, int end, int to) {
        boolean before = start > from && Unicode.WORD.contains(Utf8.codePointAt(utf8, Utf8.startBefore(utf8, start)));
        boolean behind = end < to && Unicode.WORD.contains(Utf8.codePointAt(utf8, end));
        return !before && !behind;
    }

    private static int startOfSpaces(byte[] utf8, int from, int end) {
        int p = end;
        while (p > from) {
            int previous = Utf8.startBefore(utf8, p);
            if (!Unicode.WHITE_SPACE.contains(Utf8.codePointAt(utf8, previous))) {
                break;
            }
            p = previous;
        }
        return p;
    }

    private static int endOfSpaces(byte[] utf8, int start, int to) {
        int p = start;
        while (p < to && Unicode.WHITE_SPACE.contains(Utf8.codePointAt(utf8, p))) {
            p += Utf8.lengthAt(utf8, p);
        }
        return p;
    }
}
