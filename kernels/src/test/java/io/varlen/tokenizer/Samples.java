package io.varlen.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** The committed tokenizers and what Python's libraries give for them, see {@code golden/tokenizers/make_expected.py}. */
final class Samples {
    static final String MINILM = "/all-minilm-l6-v2-tokenizer.json";
    static final String BYTE_LEVEL = "/golden/tokenizers/byte-level.json";
    static final String UNIGRAM = "/golden/tokenizers/unigram.json";

    private static final List<String> FRAGMENTS = List.of(
            "the",
            "The",
            " ",
            " ",
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "\0",
            ".",
            "!?",
            "123",
            "it's",
            "é",
            "e\u0301",
            "\u0301",
            "ﬁ",
            "İ",
            "深",
            "層",
            "\uD83D\uDE42",
            "👩‍👩‍👧",
            "\u00A0",
            "\u3000",
            "\u2028",
            "\u0600",
            "´",
            "[SEP]",
            "<s>",
            "</s>",
            "a".repeat(120));

    private Samples() {}

    static TokenizerSource source(String resource) {
        return TokenizerSource.ofJson(resource, bytes(resource), null);
    }

    /** Through the native library, though there may be an engine in Java. */
    static Tokenizer openNative(String resource) {
        return new HuggingFaceTokenizer(TokenizerJson.parse(source(resource)));
    }

    static byte[] bytes(String resource) {
        try (InputStream in = Samples.class.getResourceAsStream(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<JsonNode> lines(String resource, int atLeast) {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> lines = new String(bytes(resource), StandardCharsets.UTF_8)
                .lines()
                .map(line -> {
                    try {
                        return mapper.readTree(line);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(atLeast);
        return lines;
    }

    static List<JsonNode> expected() {
        return lines("/golden/tokenizers/expected.jsonl", 90);
    }

    static int[] ids(JsonNode array) {
        assertThat(array.isArray()).isTrue();
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        return ids;
    }

    static int[] encode(Tokenizer tokenizer, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        TokenBuffer out = new TokenBuffer(1);
        tokenizer.encode(utf8, 0, utf8.length, out);
        return out.toArray();
    }

    static String randomText(Random random, int fragments) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fragments; i++) {
            text.append(FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
        }
        return text.toString();
    }
}
