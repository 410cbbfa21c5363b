package io.varlen.tokenizer.internal.bpe;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.description.ModelSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CuttingModelTest {
    private static final String[] CHARACTERS = {"a", "b", "c", "d", "\u2581", "\u00E9", "\u4EBA", "?", "\uD83D\uDC4D"};

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void cutsChangeNothing() {
        int cutModels = 0;
        for (int i = 0; i < 300; i++) {
            ModelSpec.Bpe spec = randomSpec();
            BpeModel whole = BpeModels.withoutCuts(spec, false);
            Model cut = CuttingModel.of(spec, whole);
            cutModels += cut == whole ? 0 : 1;
            PieceEncoder expected = new BpeEncoder(whole);
            PieceEncoder actual = cut.newEncoder();
            for (int k = 0; k < 50; k++) {
                byte[] text = text(60).getBytes(StandardCharsets.UTF_8);
                assertThat(encode(actual, text)).as("seed %d", seed).isEqualTo(encode(expected, text));
            }
        }
        assertThat(cutModels).as("seed %d", seed).isBetween(1, 299);
    }

    /** The ids, then where each ends. */
    private static List<Integer> encode(PieceEncoder encoder, byte[] text) {
        TokenBuffer ids = new TokenBuffer();
        TokenBuffer sameIds = new TokenBuffer();
        TokenBuffer ends = new TokenBuffer();
        encoder.encode(text, 0, text.length, ids);
        encoder.encodeWithEnds(text, 0, text.length, sameIds, ends);
        assertThat(sameIds.toArray()).isEqualTo(ids.toArray());
        List<Integer> all = new ArrayList<>();
        for (TokenBuffer buffer : List.of(ids, ends)) {
            Arrays.stream(buffer.toArray()).forEach(all::add);
        }
        return all;
    }

    private ModelSpec.Bpe randomSpec() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        vocabulary.put("<unk>", 0);
        boolean bytes = random.nextBoolean();
        for (int b = 0; bytes && b < 256; b++) {
            vocabulary.put("<0x%02X>".formatted(b), vocabulary.size());
        }
        for (int i = 0; i < 6; i++) {
            vocabulary.putIfAbsent(CHARACTERS[i], vocabulary.size());
        }
        List<String> tokens = new ArrayList<>(List.of(CHARACTERS).subList(0, 6));
        if (random.nextInt(8) == 0) {
            tokens.add("<unk>");
        }
        List<String> lefts = new ArrayList<>();
        List<String> rights = new ArrayList<>();
        for (int i = random.nextInt(15); i > 0; i--) {
            String left = tokens.get(random.nextInt(tokens.size()));
            String right = tokens.get(random.nextInt(tokens.size()));
            if (vocabulary.putIfAbsent(left + right, vocabulary.size()) == null) {
                lefts.add(left);
                rights.add(right);
                tokens.add(left + right);
            }
        }
        return new ModelSpec.Bpe(
                vocabulary,
                lefts.toArray(new String[0]),
                rights.toArray(new String[0]),
                random.nextInt(8) == 0 ? null : "<unk>",
                "",
                "",
                random.nextBoolean(),
                bytes,
                random.nextInt(8) == 0);
    }

    private String text(int longest) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(longest); i > 0; i--) {
            text.append(CHARACTERS[random.nextInt(CHARACTERS.length)]);
        }
        return text.toString();
    }
}
