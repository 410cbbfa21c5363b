package io.varlen.tokenizer.internal.wordpiece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random vocabularies beside the definition, which looks every substring up. */
class WordPieceModelTest {
    private static final String[] CHARACTERS = {"a", "b", "c", "#", "\u00E9", "\u4EBA", "\uD83D\uDC4D"};

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void takesTheLongestTokenFromLeftToRight() {
        int unknown = 0;
        for (int i = 0; i < 300; i++) {
            Map<String, Integer> vocabulary = new HashMap<>(Map.of("[UNK]", 0));
            for (int k = random.nextInt(60); k > 0; k--) {
                vocabulary.putIfAbsent((random.nextBoolean() ? "##" : "") + word(4), vocabulary.size());
            }
            int most = 1 + random.nextInt(20);
            PieceEncoder encoder =
                    new WordPieceModel(new ModelSpec.WordPiece(vocabulary, "[UNK]", "##", most)).newEncoder();
            for (int k = 0; k < 200; k++) {
                String word = word(25);
                List<Integer> expected = define(vocabulary, most, word);
                unknown += expected.equals(List.of(0)) ? 1 : 0;
                assertThat(encode(encoder, word))
                        .as("'%s', seed %d", word, seed)
                        .isEqualTo(expected);
            }
        }
        assertThat(unknown).as("seed %d", seed).isBetween(1, 299 * 200);
    }

    @Test
    void tokensEndWhereTheyEnd() {
        Map<String, Integer> vocabulary = Map.of("[UNK]", 0, "\u4EBA", 1, "##ab", 2, "##c", 3);
        PieceEncoder encoder = new WordPieceModel(new ModelSpec.WordPiece(vocabulary, "[UNK]", "##", 100)).newEncoder();
        byte[] utf8 = "..\u4EBAabc..".getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        TokenBuffer ends = new TokenBuffer();
        encoder.encodeWithEnds(utf8, 2, 8, ids, ends);
        assertThat(ids.toArray()).containsExactly(1, 2, 3);
        assertThat(ends.toArray()).containsExactly(5, 7, 8);
        encoder.encodeWithEnds(utf8, 2, 9, ids, ends);
        assertThat(ids.toArray()).containsExactly(1, 2, 3, 0);
        assertThat(ends.toArray()).containsExactly(5, 7, 8, 9);
    }

    @Test
    void aVocabularyWithoutTheUnknownTokenIsRefused() {
        assertThatThrownBy(() -> new WordPieceModel(new ModelSpec.WordPiece(Map.of("a", 0), "[UNK]", "##", 100)))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage("model WordPiece with unk_token '[UNK]', which is not in the vocabulary");
    }

    private static List<Integer> define(Map<String, Integer> vocabulary, int most, String word) {
        List<Integer> ids = new ArrayList<>();
        int start = 0;
        while (start < word.length() && word.codePointCount(0, word.length()) <= most) {
            int end = word.length();
            String prefix = start == 0 ? "" : "##";
            while (end > start && !vocabulary.containsKey(prefix + word.substring(start, end))) {
                end = word.offsetByCodePoints(end, -1);
            }
            if (end == start) {
                return List.of(0);
            }
            ids.add(vocabulary.get(prefix + word.substring(start, end)));
            start = end;
        }
        return ids.isEmpty() ? List.of(0) : ids;
    }

    private String word(int longest) {
        StringBuilder word = new StringBuilder();
        for (int i = 1 + random.nextInt(longest); i > 0; i--) {
            word.append(CHARACTERS[random.nextInt(CHARACTERS.length)]);
        }
        return word.toString();
    }

    private static List<Integer> encode(PieceEncoder encoder, String word) {
        byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        encoder.encode(utf8, 0, utf8.length, ids);
        List<Integer> list = new ArrayList<>();
        for (int id : ids.toArray()) {
            list.add(id);
        }
        return list;
    }
}
