package io.varlen.tokenizer;

import static io.varlen.tokenizer.Samples.BYTE_LEVEL;
import static io.varlen.tokenizer.Samples.MINILM;
import static io.varlen.tokenizer.Samples.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.tokenizer.internal.PipelineTokenizer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is opened in Java, and that it does what the native library does. */
class TokenizersTest {

    @ParameterizedTest
    @CsvSource({
        "minilm, /all-minilm-l6-v2-tokenizer.json",
        "byte-level, /golden/tokenizers/byte-level.json",
        "unigram, /golden/tokenizers/unigram.json"
    })
    void theJavaEnginesGiveTheIdsOfPythonsTokenizers(String name, String resource) {
        try (Tokenizer java = Tokenizers.open(Samples.source(resource));
                Tokenizer library = Samples.openNative(resource)) {
            assertThat(java).isInstanceOf(PipelineTokenizer.class);
            assertThat(java.vocabularySize()).isEqualTo(library.vocabularySize());
            assertThat(java.specialTokens()).usingRecursiveComparison().isEqualTo(library.specialTokens());
            for (JsonNode line : Samples.expected()) {
                String text = line.path("text").asText();
                int[] ids = encode(java, text);
                assertThat(ids).as(text).containsExactly(Samples.ids(line.path(name)));
                assertThat(java.decode(ids, 0, ids.length)).isEqualTo(library.decode(ids, 0, ids.length));
                int[] complete = java.specialTokens().around(ids, 0, ids.length);
                for (boolean skip : new boolean[] {false, true}) {
                    assertThat(java.decode(complete, 0, complete.length, skip))
                            .isEqualTo(library.decode(complete, 0, complete.length, skip));
                }
            }
        }
    }

    @Test
    void theJavaEngineGivesTheGoldenIdsOfTheBuiltInModel() {
        try (Tokenizer tokenizer = Tokenizers.open(Samples.source(MINILM))) {
            SpecialTokens special = tokenizer.specialTokens();
            for (JsonNode line : Samples.lines("/golden/minilm-l6/texts.jsonl", 190)) {
                int[] expected = Samples.ids(line.path("input_ids"));
                int[] ofText = Arrays.copyOfRange(expected, 1, expected.length - 1);
                assertThat(special.prefix()).containsExactly(expected[0]);
                assertThat(special.suffix()).containsExactly(expected[expected.length - 1]);
                assertThat(encode(tokenizer, line.path("text").asText()))
                        .as(line.path("id").asText())
                        .containsExactly(ofText);
            }
        }
    }

    @Test
    void whatTheJavaEngineDoesNotKnowGoesToTheNativeLibrary() {
        String json = new String(Samples.bytes(BYTE_LEVEL), StandardCharsets.UTF_8);
        String regex = json.replace("{\"type\":\"ByteLevel\",\"add_prefix_space\":false", """
                {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[0-9]+x?"},\
                "behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false""")
                .replace("\"use_regex\":true},\"post_processor\"", "\"use_regex\":true}]},\"post_processor\"");
        assertThat(regex).isNotEqualTo(json);
        TokenizerSource source = TokenizerSource.ofJson("t", regex.getBytes(StandardCharsets.UTF_8), null);
        try (Tokenizer tokenizer = Tokenizers.open(source);
                Tokenizer known = Tokenizers.open(Samples.source(BYTE_LEVEL))) {
            assertThat(tokenizer).isInstanceOf(HuggingFaceTokenizer.class);
            assertThat(encode(tokenizer, "the end")).containsExactly(encode(known, "the end"));
            assertThatThrownBy(() -> tokenizer.encodeWithSpans(new byte[1], 0, 1))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void spansAreTheBytesThatTokensComeFrom() {
        String text = "xx<mask> naïve 👍🏽\n\n  end";
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        try (Tokenizer tokenizer = Tokenizers.open(Samples.source(BYTE_LEVEL))) {
            TokenSpans spans = tokenizer.encodeWithSpans(utf8, 2, utf8.length);
            assertThat(spans.ids()).containsExactly(encode(tokenizer, text.substring(2)));
            assertThat(spans.starts()[0]).isZero();
            assertThat(spans.ends()[0]).isEqualTo("<mask>".length());
            int covered = 0;
            for (int i = 0; i < spans.ids().length; i++) {
                String source = new String(
                        utf8, 2 + spans.starts()[i], spans.ends()[i] - spans.starts()[i], StandardCharsets.UTF_8);
                String token = tokenizer.decode(spans.ids(), i, i + 1);
                assertThat(token.contains("\uFFFD") || token.equals(source))
                        .as("'%s' of '%s'", token, source)
                        .isTrue();
                assertThat(spans.starts()[i]).isLessThanOrEqualTo(covered);
                covered = Math.max(covered, spans.ends()[i]);
            }
            assertThat(covered).isEqualTo(utf8.length - 2);
        }
    }

    /** One word, to the splitting expression or to the merges or to both; memory and time grow with its length only. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "A", " ", "\n", "0", "!", "\u0301", "中", "aA", "\u200D"})
    void aRunOfTenMegabytesIsEncoded(String unit) {
        byte[] one = unit.getBytes(StandardCharsets.UTF_8);
        byte[] utf8 = new byte[10_000_000 / one.length * one.length];
        for (int i = 0; i < utf8.length; i++) {
            utf8[i] = one[i % one.length];
        }
        try (Tokenizer tokenizer = Tokenizers.open(TokenizerSources.resolve("tiktoken:o200k_base"))) {
            TokenBuffer ids = new TokenBuffer();
            Assertions.assertTimeout(Duration.ofSeconds(30), () -> tokenizer.encode(utf8, 0, utf8.length, ids));
            int[] all = ids.toArray();
            assertThat(tokenizer.decode(all, 0, 1000)).startsWith(unit).isSubstringOf(unit.repeat(128_000));
            assertThat(all.length).isBetween(utf8.length / 128, utf8.length);
        }
    }

    @Test
    void manyThreadsShareOneAndItClosesUnderThem() throws Exception {
        Tokenizer tokenizer = Tokenizers.open(Samples.source(BYTE_LEVEL));
        List<JsonNode> lines = Samples.expected();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> encoders = IntStream.range(0, 4)
                    .mapToObj(thread -> threads.submit(() -> encodeUntilClosed(tokenizer, lines)))
                    .toList();
            Thread.sleep(300);
            tokenizer.close();
            tokenizer.close();
            for (Future<Integer> encoder : encoders) {
                assertThat(encoder.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThatThrownBy(() -> tokenizer.decode(new int[] {1}, 0, 1)).isInstanceOf(IllegalStateException.class);
    }

    private static int encodeUntilClosed(Tokenizer tokenizer, List<JsonNode> lines) {
        for (int i = 0; ; i++) {
            JsonNode line = lines.get(i % lines.size());
            int[] ids;
            try {
                ids = encode(tokenizer, line.path("text").asText());
            } catch (IllegalStateException closed) {
                return i;
            }
            assertThat(ids).containsExactly(Samples.ids(line.path("byte-level")));
        }
    }
}
