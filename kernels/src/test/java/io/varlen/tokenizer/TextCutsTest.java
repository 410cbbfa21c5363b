package io.varlen.tokenizer;

import static io.varlen.tokenizer.Samples.BYTE_LEVEL;
import static io.varlen.tokenizer.Samples.MINILM;
import static io.varlen.tokenizer.Samples.UNIGRAM;
import static io.varlen.tokenizer.Samples.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TextCutsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String BYTES =
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":%s,\"trim_offsets\":true,\"use_regex\":%s}";
    private static final String METASPACE =
            "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"%s\",\"split\":%s}";

    @ParameterizedTest(name = "{1} {2} {3}")
    @MethodSource("pipelines")
    void whereverATextIsCutItsIdsStay(TextCuts cuts, String file, String field, String component) throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TokenizerJson definition = edited(file, field, component);
        assertThat(definition.cuts()).isEqualTo(cuts);
        int cutTexts = 0;
        try (Tokenizer whole = new HuggingFaceTokenizer(definition, Integer.MAX_VALUE);
                Tokenizer parts = new HuggingFaceTokenizer(definition, 1)) {
            for (int i = 0; i < 400; i++) {
                String text = Samples.randomText(random, 1 + random.nextInt(25));
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                cutTexts += cuts.next(utf8, 0, utf8.length, 1) < utf8.length ? 1 : 0;
                assertThat(encode(parts, text)).as("seed %d: '%s'", seed, text).containsExactly(encode(whole, text));
            }
        }
        assertThat(cutTexts).isGreaterThan(100);
    }

    static Stream<Arguments> pipelines() throws IOException {
        List<Arguments> pipelines = new ArrayList<>();
        TextCuts space = TextCuts.BEFORE_SPACE_AFTER_TEXT;
        TextCuts whitespace = TextCuts.BEFORE_WHITESPACE;
        for (String regex : TextCuts.SPLIT_PATTERNS) {
            for (String how :
                    List.of("\"behavior\":\"Isolated\",\"invert\":false", "\"behavior\":\"Removed\",\"invert\":true")) {
                String split = "{\"type\":\"Split\",\"pattern\":{\"Regex\":" + MAPPER.writeValueAsString(regex) + "},"
                        + how + "}";
                add(pipelines, space, BYTE_LEVEL, "pre_tokenizer", sequence(split, BYTES.formatted(false, false)));
            }
        }
        add(pipelines, space, BYTE_LEVEL, "pre_tokenizer", BYTES.formatted(true, true));
        add(
                pipelines,
                space,
                BYTE_LEVEL,
                "pre_tokenizer",
                sequence("{\"type\":\"Digits\",\"individual_digits\":true}", BYTES.formatted(false, true)));
        add(
                pipelines,
                space,
                BYTE_LEVEL,
                "pre_tokenizer",
                sequence("{\"type\":\"Punctuation\",\"behavior\":\"Isolated\"}", BYTES.formatted(true, true)));
        add(pipelines, space, UNIGRAM, "pre_tokenizer", METASPACE.formatted("never", true));
        add(pipelines, space, UNIGRAM, "pre_tokenizer", METASPACE.formatted("always", true));
        add(
                pipelines,
                whitespace,
                UNIGRAM,
                "pre_tokenizer",
                sequence("{\"type\":\"WhitespaceSplit\"}", METASPACE.formatted("always", true)));
        add(pipelines, whitespace, UNIGRAM, "pre_tokenizer", "{\"type\":\"Whitespace\"}");
        for (String type : List.of("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents")) {
            add(pipelines, space, UNIGRAM, "normalizer", "{\"type\":\"" + type + "\"}");
            add(pipelines, whitespace, MINILM, "normalizer", "{\"type\":\"" + type + "\"}");
        }
        add(
                pipelines,
                space,
                UNIGRAM,
                "normalizer",
                "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"},{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}]}");
        add(
                pipelines,
                space,
                MINILM,
                "normalizer",
                "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}");
        add(pipelines, space, BYTE_LEVEL, "added_tokens", added("<s>", true, false));
        return pipelines.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("uncuttable")
    void whatMayReachAcrossACutIsNeverCut(String file, String field, String component) throws IOException {
        assertThat(edited(file, field, component).cuts()).isEqualTo(TextCuts.NEVER);
    }

    static Stream<Arguments> uncuttable() {
        return Stream.of(
                Arguments.of(UNIGRAM, "pre_tokenizer", METASPACE.formatted("always", false)),
                Arguments.of(UNIGRAM, "pre_tokenizer", METASPACE.formatted("first", true)),
                Arguments.of(UNIGRAM, "pre_tokenizer", "null"),
                Arguments.of(UNIGRAM, "normalizer", "{\"type\":\"Prepend\",\"prepend\":\"▁\"}"),
                Arguments.of(UNIGRAM, "normalizer", "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}"),
                Arguments.of(
                        UNIGRAM,
                        "normalizer",
                        "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a b\"},\"content\":\"x\"}"),
                Arguments.of(BYTE_LEVEL, "pre_tokenizer", BYTES.formatted(false, false)),
                Arguments.of(
                        BYTE_LEVEL,
                        "pre_tokenizer",
                        "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\w \\\\w\"},\"behavior\":\"Isolated\",\"invert\":false}"),
                Arguments.of(
                        BYTE_LEVEL,
                        "pre_tokenizer",
                        sequence(
                                "{\"type\":\"Punctuation\",\"behavior\":\"MergedWithNext\"}",
                                BYTES.formatted(false, true))),
                Arguments.of(BYTE_LEVEL, "added_tokens", added("<s>", false, true)),
                Arguments.of(BYTE_LEVEL, "added_tokens", added("a b", false, false)),
                Arguments.of(MINILM, "added_tokens", added("x\\ny", false, false)));
    }

    @Test
    void theFirstCutBehindTheTargetIsFound() {
        byte[] text = "ab  cd\né x".getBytes(StandardCharsets.UTF_8); // é has two bytes

        assertThat(TextCuts.BEFORE_SPACE_AFTER_TEXT.next(text, 0, 11, 0)).isEqualTo(2);
        assertThat(TextCuts.BEFORE_SPACE_AFTER_TEXT.next(text, 0, 11, 3)).isEqualTo(11);
        assertThat(TextCuts.BEFORE_WHITESPACE.next(text, 2, 11, 0)).isEqualTo(3);
        assertThat(TextCuts.BEFORE_WHITESPACE.next(text, 0, 11, 4)).isEqualTo(6);
        assertThat(TextCuts.BEFORE_WHITESPACE.next(text, 0, 5, 4)).isEqualTo(5);
        assertThat(TextCuts.NEVER.next(text, 0, 11, 0)).isEqualTo(11);
    }

    private static TokenizerJson edited(String file, String field, String component) throws IOException {
        ObjectNode root = (ObjectNode) MAPPER.readTree(Samples.bytes(file));
        root.set(field, MAPPER.readTree(component));
        return TokenizerJson.parse(TokenizerSource.ofJson(file, MAPPER.writeValueAsBytes(root), null));
    }

    private static void add(List<Arguments> pipelines, TextCuts cuts, String file, String field, String component) {
        pipelines.add(Arguments.of(cuts, file, field, component));
    }

    private static String sequence(String... preTokenizers) {
        return "{\"type\":\"Sequence\",\"pretokenizers\":[" + String.join(",", preTokenizers) + "]}";
    }

    private static String added(String content, boolean lstrip, boolean rstrip) {
        return "[{\"id\":0,\"content\":\"" + content + "\",\"single_word\":false,\"lstrip\":" + lstrip + ",\"rstrip\":"
                + rstrip
                + ",\"normalized\":false,\"special\":true},"
                + "{\"id\":2,\"content\":\"</s>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}]";
    }
}
