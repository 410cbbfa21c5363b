package io.varlen.tokenizer.internal.unigram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random vocabularies with many equal scores, beside a search of all segmentations. */
class UnigramModelTest {
    private static final String[] CHARACTERS = {"a", "b", "c", "\u00E9", "\u2581", "\uD83D\uDC4D"};

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void findsTheBestSegmentationAndTheSameOneOfEqualOnes() {
        for (int i = 0; i < 400; i++) {
            boolean bytes = random.nextBoolean();
            ModelSpec.Unigram spec = randomSpec(bytes);
            PieceEncoder encoder = new UnigramModel(spec).newEncoder();
            Definition definition = new Definition(spec);
            for (int k = 0; k < 60; k++) {
                String text = word(9);
                assertThat(encode(encoder, text))
                        .as("'%s', seed %d", text, seed)
                        .isEqualTo(definition.encode(text));
            }
        }
    }

    @Test
    void neighbouringUnknownCharactersAreOneToken() {
        ModelSpec.Unigram spec =
                new ModelSpec.Unigram(new String[] {"<unk>", "a", "bc"}, new double[] {0, -1, -100}, 0, false);
        PieceEncoder encoder = new UnigramModel(spec).newEncoder();
        // "bc" costs more than two unknown characters, which together are the token "bc" all the same
        assertThat(encode(encoder, "abcaxya")).containsExactly(1, 2, 1, 0, 1);
    }

    @Test
    void aModelWithoutUnknownTokenIsRefused() {
        assertThatThrownBy(
                        () -> new UnigramModel(new ModelSpec.Unigram(new String[] {"a"}, new double[] {0}, -1, false)))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage("model Unigram without unk_id");
    }

    @Test
    void longPiecesTakeLinearTime() {
        ModelSpec.Unigram spec = new ModelSpec.Unigram(
                new String[] {"<unk>", "a", "aa", "aaaaaaaaaaaaaaaa"}, new double[] {0, -3, -4, -5}, 0, false);
        assertThat(encode(new UnigramModel(spec).newEncoder(), "a".repeat(8 << 20)))
                .hasSize(8 << 16);
    }

    private ModelSpec.Unigram randomSpec(boolean bytes) {
        Set<String> tokens = new LinkedHashSet<>(List.of("<unk>"));
        for (int k = random.nextInt(25); k > 0; k--) {
            tokens.add(word(4));
        }
        for (int b = 0; bytes && b < 256; b++) {
            tokens.add(String.format("<0x%02X>", b));
        }
        // sums of these are exact, so equal ones are equal
        double[] scores =
                tokens.stream().mapToDouble(token -> -random.nextInt(8) * 0.5).toArray();
        return new ModelSpec.Unigram(tokens.toArray(new String[0]), scores, 0, bytes);
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

    /** Tries every segmentation, in the order that decides between equal ones: the longer last token first. */
    private static final class Definition {
        private final Map<String, Integer> ids = new HashMap<>();
        private final ModelSpec.Unigram spec;
        private final double unknownScore;

        Definition(ModelSpec.Unigram spec) {
            this.spec = spec;
            for (int id = 0; id < spec.tokens().length; id++) {
                ids.put(spec.tokens()[id], id);
            }
            unknownScore = Arrays.stream(spec.scores()).min().orElseThrow() - 10;
        }

        private record Path(double score, List<String> tokens) {}

        List<Integer> encode(String text) {
            List<Integer> encoded = new ArrayList<>();
            StringBuilder unknown = new StringBuilder();
            for (String token : best(text).tokens) {
                if (ids.containsKey(token)) {
                    add(unknown.toString(), encoded);
                    unknown.setLength(0);
                    add(token, encoded);
                } else {
                    unknown.append(token);
                }
            }
            add(unknown.toString(), encoded);
            return encoded;
        }

        private void add(String token, List<Integer> encoded) {
            if (ids.containsKey(token)) {
                encoded.add(ids.get(token));
            } else if (spec.byteFallback()) {
                for (byte b : token.getBytes(StandardCharsets.UTF_8)) {
                    encoded.add(ids.get(String.format("<0x%02X>", b)));
                }
            } else if (!token.isEmpty()) {
                encoded.add(spec.unkId());
            }
        }

        private Path best(String text) {
            Path best = text.isEmpty() ? new Path(0, List.of()) : null;
            for (int start = 0; start < text.length(); start = text.offsetByCodePoints(start, 1)) {
                String last = text.substring(start);
                boolean one = last.codePointCount(0, last.length()) == 1;
                if (ids.containsKey(last) || one) {
                    Path before = best(text.substring(0, start));
                    double score = (ids.containsKey(last) ? spec.scores()[ids.get(last)] : unknownScore) + before.score;
                    if (best == null || score > best.score) {
                        List<String> tokens = new ArrayList<>(before.tokens);
                        tokens.add(last);
                        best = new Path(score, tokens);
                    }
                }
            }
            return best;
        }
    }
}
