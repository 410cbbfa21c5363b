package io.varlen.tokenizer.internal.unigram;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.CachingPieceEncoder;
import io.varlen.tokenizer.internal.DoubleArrayTrie;
import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.TokenTable;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Hugging Face's {@code Unigram}: the segmentation with the largest sum of scores; of equal ones, position by position the one
 * whose last token is longest. A character that is no token can be passed at the smallest score of the vocabulary less 10.
 * Neighbouring unknown characters become one, which is the token of that very text, or its bytes' tokens, or the unknown one.
 */
public final class UnigramModel implements Model {
    private static final double UNKNOWN_PENALTY = 10;

    private final TokenTable tokens;
    private final DoubleArrayTrie trie;
    private final double[] scores;
    private final int unkId;
    private final double unkScore;
    private final int longestToken;
    /** The token of each byte; null if bytes do not stand in for unknown characters. */
    private final int[] byteIds;

    /** @throws UnsupportedConstructException if there is no unknown token, which the library would miss at some texts */
    public UnigramModel(ModelSpec.Unigram spec) {
        if (spec.unkId() < 0 || spec.unkId() >= spec.tokens().length) {
            throw new UnsupportedConstructException("model Unigram without unk_id");
        }
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < spec.tokens().length; id++) {
            ids.put(spec.tokens()[id], id);
        }
        tokens = new TokenTable(Arrays.asList(spec.tokens()));
        byteIds = spec.byteFallback() ? byteIds(ids) : null;
        ids.remove("");
        trie = DoubleArrayTrie.of(ids);
        scores = spec.scores();
        unkId = spec.unkId();
        unkScore = Arrays.stream(scores).min().orElseThrow() - UNKNOWN_PENALTY;
        longestToken = ids.keySet().stream()
                .mapToInt(token -> TokenTable.utf8(token).length)
                .max()
                .orElse(1);
    }

    /** -1 for a byte that has no token. */
    private static int[] byteIds(Map<String, Integer> ids) {
        int[] byteIds = new int[256];
        Arrays.setAll(byteIds, b -> ids.getOrDefault(String.format("<0x%02X>", b), -1));
        return byteIds;
    }

    @Override
    public PieceEncoder newEncoder() {
        return new CachingPieceEncoder(new Encoder());
    }

    @Override
    public byte[] token(int id) {
        return tokens.token(id);
    }

    @Override
    public int vocabularySize() {
        return tokens.size();
    }

    private final class Encoder implements PieceEncoder {
        private final TokenBuffer unusedEnds = new TokenBuffer();
        /** The last token of the best path to each position: its length times two, plus one if it is unknown; 0 for no path. */
        private int[] steps = new int[64];
        /** The score of the best path to position i, at i modulo the length, a power of two. */
        private double[] best = new double[8];

        @Override
        public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
            unusedEnds.clear();
            encodeWithEnds(utf8, from, to, out, unusedEnds);
        }

        @Override
        public void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
            int length = to - from;
            prepare(length);
            for (int position = 0; position < length; position += Utf8.lengthAt(utf8, from + position)) {
                extend(utf8, from, to, position);
            }
            turnAround(length);
            for (int position = 0; position < length; ) {
                int step = steps[position];
                int end = position + (step >> 1);
                if ((step & 1) != 0) {
                    while (end < length && (steps[end] & 1) != 0) {
                        end += steps[end] >> 1;
                    }
                }
                emit(utf8, from + position, from + end, out, ends);
                position = end;
            }
        }

        private void prepare(int length) {
            if (steps.length <= length) {
                steps = new int[Math.max(length + 1, (int) Math.min(Integer.MAX_VALUE - 8, 2L * steps.length))];
            } else {
                Arrays.fill(steps, 0, length + 1, 0);
            }
            int window = Math.min(longestToken, length);
            if (best.length <= window) {
                best = new double[Integer.highestOneBit(window) * 2];
            }
            best[0] = 0;
        }

        /** Extends the best path to {@code position} by every token that fits there. */
        private void extend(byte[] utf8, int from, int to, int position) {
            double score = best[position & best.length - 1];
            int characterEnd = from + position + Utf8.lengthAt(utf8, from + position);
            boolean known = false;
            int node = DoubleArrayTrie.ROOT;
            for (int at = from + position; at < to && (node = trie.child(node, utf8[at])) >= 0; at++) {
                int id = trie.value(node);
                if (id >= 0) {
                    offer(at + 1 - from, at + 1 - from - position, id == unkId, scores[id] + score);
                    known |= at + 1 == characterEnd;
                }
            }
            if (!known) {
                offer(characterEnd - from, characterEnd - from - position, true, unkScore + score);
            }
        }

        private void offer(int end, int length, boolean unknown, double score) {
            int slot = end & best.length - 1;
            if (steps[end] == 0 || score > best[slot]) {
                steps[end] = length << 1 | (unknown ? 1 : 0);
                best[slot] = score;
            }
        }

        /** Turns the best path around, so that {@code steps} tells the next token instead of the last. */
        private void turnAround(int length) {
            int position = length;
            int step = steps[length];
            while (position > 0) {
                position -= step >> 1;
                int before = steps[position];
                steps[position] = step;
                step = before;
            }
        }

        private void emit(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
            int id = trie.find(utf8, from, to);
            if (id < 0 && haveByteIds(utf8, from, to)) {
                for (int at = from; at < to; at++) {
                    out.add(byteIds[utf8[at] & 0xFF]);
                    ends.add(at + 1);
                }
            } else {
                out.add(id < 0 ? unkId : id);
                ends.add(to);
            }
        }
    }

    private boolean haveByteIds(byte[] utf8, int from, int to) {
        for (int at = from; at < to; at++) {
            if (byteIds == null || byteIds[utf8[at] & 0xFF] < 0) {
                return false;
            }
        }
        return true;
    }
}
