package io.varlen.tokenizer.internal.bpe;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.description.ModelSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random vocabularies, also such as no training makes, beside the definition of byte-pair encoding. */
class BpeEncoderTest {
    private static final int VOCABULARIES = 100;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void mergesAsTheDefinitionReads() {
        for (int i = 0; i < VOCABULARIES; i++) {
            RandomMerges merges = new RandomMerges(random);
            BpeModel model = (BpeModel) BpeModels.of(merges.spec(false), true);
            for (int k = 0; k < 30; k++) {
                assertThat(encode(new BpeEncoder(model), merges.text(random, 200)))
                        .as("seed %d", seed)
                        .isEqualTo(merges.naive);
            }
        }
    }

    /** A window of 2 symbols must be enlarged again and again, one of 50 is cut. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8, 50})
    void windowsChangeNothing(int window) {
        int longest = 0;
        for (int i = 0; i < VOCABULARIES; i++) {
            RandomMerges merges = new RandomMerges(random);
            BpeModel model = (BpeModel) BpeModels.of(merges.spec(false), true);
            for (int k = 0; k < 10; k++) {
                List<String> tokens = encode(new BpeEncoder(model, window), merges.text(random, 400));
                assertThat(tokens).as("seed %d, window %d", seed, window).isEqualTo(merges.naive);
                longest = Math.max(longest, tokens.size());
            }
        }
        assertThat(longest).isGreaterThan(50);
    }

    @Test
    void ignoreMergesTakesAPieceOfTheVocabularyAsItIs() {
        Map<String, Integer> vocabulary = Map.of("a", 0, "b", 1, "c", 2, "ab", 3, "abc", 4);
        String[] lefts = {"a"};
        String[] rights = {"b"};
        for (boolean ignore : new boolean[] {false, true}) {
            ModelSpec.Bpe spec = new ModelSpec.Bpe(vocabulary, lefts, rights, null, "", "", false, false, ignore);
            BpeEncoder encoder = new BpeEncoder((BpeModel) BpeModels.of(spec, true));
            assertThat(ids(encoder, "abc")).containsExactly(ignore ? new int[] {4} : new int[] {3, 2});
            assertThat(ids(encoder, "abca")).containsExactly(3, 2, 0);
        }
    }

    @Test
    void bytesThatTheVocabularyDoesNotHaveBecomeTheUnknownTokenOrNothing() {
        Map<String, Integer> vocabulary = Map.of("a", 0, "?", 1, "aa", 2);
        String[] both = {"a"};
        // what is left out does not keep its neighbours apart
        assertThat(ids(encoder(vocabulary, both, null, false), "axxaayaa")).containsExactly(2, 2, 0);
        assertThat(ids(encoder(vocabulary, both, "?", false), "axxaay")).containsExactly(0, 1, 1, 2, 1);
        assertThat(ids(encoder(vocabulary, both, "?", true), "axxaay")).containsExactly(0, 1, 2, 1);
        assertThat(ids(encoder(vocabulary, both, "?", true), "xyz")).containsExactly(1);
    }

    private static BpeEncoder encoder(Map<String, Integer> vocabulary, String[] merges, String unk, boolean fuse) {
        ModelSpec.Bpe spec = new ModelSpec.Bpe(vocabulary, merges, merges, unk, "", "", fuse, false, false);
        return new BpeEncoder((BpeModel) BpeModels.of(spec, true), 2);
    }

    /** tiktoken merges neighbours whose bytes are a token, whatever pair they are; parts may have higher ranks than wholes. */
    @Test
    void ranksMergeAsTiktokensDefinitionReads() {
        for (int i = 0; i < VOCABULARIES; i++) {
            List<String> tokens = new RandomMerges(random).shuffledTokens(random);
            byte[][] bytes = new byte[256 + tokens.size()][];
            for (int b = 0; b < 256; b++) {
                bytes[tokens.size() + b] = new byte[] {(byte) b};
            }
            Map<String, Integer> ranks = new HashMap<>();
            for (int rank = 0; rank < tokens.size(); rank++) {
                bytes[rank] = tokens.get(rank).getBytes(StandardCharsets.UTF_8);
                ranks.put(tokens.get(rank), rank);
            }
            BpeEncoder encoder = new BpeEncoder(BpeModels.ofRanks(bytes), 4);
            for (int k = 0; k < 20; k++) {
                String text = RandomMerges.text(random, "abcd", 60);
                List<String> expected = ranks.containsKey(text) ? List.of(text) : naiveRanks(text, ranks);
                List<String> actual = new ArrayList<>();
                for (int id : ids(encoder, text)) {
                    actual.add(new String(bytes[id], StandardCharsets.UTF_8));
                }
                assertThat(actual)
                        .as("seed %d: %s under %s", seed, text, tokens)
                        .isEqualTo(expected);
            }
        }
    }

    private static List<String> naiveRanks(String text, Map<String, Integer> ranks) {
        List<String> parts = new ArrayList<>(List.of(text.split("")));
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Integer rank = ranks.get(parts.get(i) + parts.get(i + 1));
                if (rank != null && (best < 0 || rank < ranks.get(parts.get(best) + parts.get(best + 1)))) {
                    best = i;
                }
            }
            if (best < 0) {
                return parts;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }

    /** The tokens, each the text that it covers, which must be what its id stands for. */
    private List<String> encode(BpeEncoder encoder, RandomMerges.Text text) {
        byte[] utf8 = ("xx" + text.text() + "yy").getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        TokenBuffer ends = new TokenBuffer();
        encoder.encodeWithEnds(utf8, 2, utf8.length - 2, ids, ends);
        assertThat(ids(encoder, text.text())).containsExactly(ids.toArray());
        List<String> tokens = new ArrayList<>();
        int start = 2;
        for (int i = 0; i < ends.size(); i++) {
            String token = new String(utf8, start, ends.get(i) - start, StandardCharsets.UTF_8);
            assertThat(text.vocabulary().get(token)).isEqualTo(ids.get(i));
            tokens.add(token);
            start = ends.get(i);
        }
        return tokens;
    }

    private static int[] ids(BpeEncoder encoder, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        encoder.encode(utf8, 0, utf8.length, ids);
        return ids.toArray();
    }

    /** Merges of random tokens of four letters, in no order that makes sense, some of them twice. */
    private static final class RandomMerges {
        private static final String LETTERS = "abcd";

        private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
        private final List<List<String>> pairs = new ArrayList<>();
        private final Map<List<String>, Integer> ranks = new HashMap<>();
        private List<String> naive;

        private record Text(String text, Map<String, Integer> vocabulary) {}

        RandomMerges(Random random) {
            for (String letter : LETTERS.split("")) {
                vocabulary.put(letter, vocabulary.size());
            }
            int count = random.nextInt(60);
            for (int i = 0; i < count; i++) {
                List<String> tokens = List.copyOf(vocabulary.keySet());
                String left = tokens.get(random.nextInt(tokens.size()));
                String right = random.nextInt(4) == 0 ? left : tokens.get(random.nextInt(tokens.size()));
                vocabulary.putIfAbsent(left + right, vocabulary.size());
                pairs.add(List.of(left, right));
            }
            if (random.nextBoolean()) {
                Collections.shuffle(pairs, random);
            }
            for (int rank = 0; rank < pairs.size(); rank++) {
                ranks.put(pairs.get(rank), rank);
            }
        }

        List<String> shuffledTokens(Random random) {
            List<String> tokens = new ArrayList<>(vocabulary.keySet());
            tokens.removeIf(token -> token.length() == 1);
            Collections.shuffle(tokens, random);
            return tokens;
        }

        ModelSpec.Bpe spec(boolean ignoreMerges) {
            return new ModelSpec.Bpe(
                    vocabulary,
                    pairs.stream().map(pair -> pair.get(0)).toArray(String[]::new),
                    pairs.stream().map(pair -> pair.get(1)).toArray(String[]::new),
                    null,
                    "",
                    "",
                    false,
                    false,
                    ignoreMerges);
        }

        /** A text, whose encoding by the definition is then {@link #naive}. */
        Text text(Random random, int longest) {
            String text = text(random, LETTERS, longest);
            naive = NaiveBpe.merge(text, ranks);
            return new Text(text, vocabulary);
        }

        /** Few letters make runs, in which where merges begin matters. */
        static String text(Random random, String letters, int longest) {
            int length = 1 + random.nextInt(longest);
            int distinct = 1 + random.nextInt(letters.length());
            StringBuilder text = new StringBuilder();
            while (text.length() < length) {
                String letter = String.valueOf(letters.charAt(random.nextInt(distinct)));
                text.append(letter.repeat(1 + random.nextInt(3)));
            }
            return text.toString();
        }
    }
}
