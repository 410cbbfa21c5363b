package io.varlen.tokenizer.internal.wordpiece;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.CachingPieceEncoder;
import io.varlen.tokenizer.internal.DoubleArrayTrie;
import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.TokenTable;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.HashMap;
import java.util.Map;

/**
 * Hugging Face's {@code WordPiece}: from the start of the piece, always the longest token that fits; tokens behind the first
 * one carry a prefix such as {@code ##} in the vocabulary. A piece that cannot be covered so, or has too many characters, is
 * one unknown token.
 */
public final class WordPieceModel implements Model {
    private final TokenTable tokens;
    private final DoubleArrayTrie starts;
    private final DoubleArrayTrie continuations;
    private final int unkId;
    private final int maxCharacters;

    /** @throws UnsupportedConstructException if the unknown token is not in the vocabulary */
    public WordPieceModel(ModelSpec.WordPiece spec) {
        Integer unk = spec.vocabulary().get(spec.unkToken());
        if (unk == null) {
            throw new UnsupportedConstructException(
                    "model WordPiece with unk_token '" + spec.unkToken() + "', which is not in the vocabulary");
        }
        tokens = new TokenTable(spec.vocabulary());
        starts = behindPrefix(spec.vocabulary(), "");
        continuations = behindPrefix(spec.vocabulary(), spec.continuingSubwordPrefix());
        unkId = unk;
        maxCharacters = spec.maxInputCharsPerWord();
    }

    /** The tokens that begin with {@code prefix}, without it. */
    private static DoubleArrayTrie behindPrefix(Map<String, Integer> vocabulary, String prefix) {
        Map<String, Integer> rests = new HashMap<>();
        vocabulary.forEach((token, id) -> {
            if (token.startsWith(prefix) && token.length() > prefix.length()) {
                rests.put(token.substring(prefix.length()), id);
            }
        });
        return DoubleArrayTrie.of(rests);
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

        @Override
        public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
            unusedEnds.clear();
            encodeWithEnds(utf8, from, to, out, unusedEnds);
        }

        @Override
        public void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
            int idsBefore = out.size();
            int endsBefore = ends.size();
            boolean covered = !hasMoreCharactersThan(maxCharacters, utf8, from, to) && cover(utf8, from, to, out, ends);
            if (!covered) {
                out.truncate(idsBefore);
                ends.truncate(endsBefore);
                out.add(unkId);
                ends.add(to);
            }
        }

        private boolean cover(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
            int start = from;
            while (start < to) {
                DoubleArrayTrie trie = start == from ? starts : continuations;
                int id = DoubleArrayTrie.NONE;
                int end = start;
                int node = DoubleArrayTrie.ROOT;
                for (int at = start; at < to && (node = trie.child(node, utf8[at])) >= 0; at++) {
                    if (trie.value(node) >= 0) {
                        id = trie.value(node);
                        end = at + 1;
                    }
                }
                if (id < 0) {
                    return false;
                }
                out.add(id);
                ends.add(end);
                start = end;
            }
            return true;
        }
    }

    private static boolean hasMoreCharactersThan(int limit, byte[] utf8, int from, int to) {
        if (to - from <= limit) {
            return false;
        }
        int characters = 0;
        for (int at = from; at < to && characters <= limit; at++) {
            characters += Utf8.isContinuation(utf8[at]) ? 0 : 1;
        }
        return characters > limit;
    }
}
