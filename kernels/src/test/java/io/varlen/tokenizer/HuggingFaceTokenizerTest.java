package io.varlen.tokenizer;

import static io.varlen.tokenizer.Samples.BYTE_LEVEL;
import static io.varlen.tokenizer.Samples.MINILM;
import static io.varlen.tokenizer.Samples.UNIGRAM;
import static io.varlen.tokenizer.Samples.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceTokenizerTest {

    @Test
    void givesTheGoldenIdsOfTheBuiltInModel() {
        try (Tokenizer tokenizer = Samples.openNative(MINILM)) {
            for (JsonNode line : Samples.lines("/golden/minilm-l6/texts.jsonl", 190)) {
                TokenBuffer ids = new TokenBuffer();
                ids.addAll(tokenizer.specialTokens().prefix());
                ids.addAll(encode(tokenizer, line.path("text").asText()));
                ids.addAll(tokenizer.specialTokens().suffix());
                assertThat(ids.toArray())
                        .as(line.path("id").asText())
                        .containsExactly(Samples.ids(line.path("input_ids")));
            }
            for (JsonNode line : Samples.lines("/golden/minilm-l6/long.jsonl", 4)) {
                assertThat(encode(tokenizer, line.path("text").asText()).length + 2)
                        .isEqualTo(line.path("n_tokens").asInt());
            }
        }
    }

    /** The two trained ones ask for truncation to 8 and padding to 12, the built-in one for 128 and 128. */
    @ParameterizedTest
    @CsvSource({
        "minilm, /all-minilm-l6-v2-tokenizer.json, 30522, 0",
        "byte-level, /golden/tokenizers/byte-level.json, 700, 1",
        "unigram, /golden/tokenizers/unigram.json, 400, 1"
    })
    void givesTheIdsOfPythonsTokenizers(String name, String resource, int vocabularySize, int padId) {
        int withSpecial = 0;
        try (Tokenizer tokenizer = Samples.openNative(resource)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(vocabularySize);
            assertThat(tokenizer.specialTokens().padId()).isEqualTo(padId);
            for (JsonNode line : Samples.expected()) {
                int[] ids = encode(tokenizer, line.path("text").asText());
                assertThat(ids).as(line.path("text").asText()).containsExactly(Samples.ids(line.path(name)));
                if (line.has(name + "_special")) {
                    TokenBuffer complete = new TokenBuffer();
                    complete.addAll(tokenizer.specialTokens().prefix());
                    complete.addAll(ids);
                    complete.addAll(tokenizer.specialTokens().suffix());
                    assertThat(complete.toArray()).containsExactly(Samples.ids(line.path(name + "_special")));
                    withSpecial++;
                }
            }
        }
        assertThat(withSpecial).isGreaterThan(10);
    }

    @Test
    void textOfAByteLevelVocabularyComesBack() {
        try (Tokenizer tokenizer = Samples.openNative(BYTE_LEVEL)) {
            for (JsonNode line : Samples.expected()) {
                String text = line.path("text").asText();
                int[] ids = encode(tokenizer, text);
                assertThat(tokenizer.decode(ids, 0, ids.length)).isEqualTo(text);
            }
            assertThat(tokenizer.decode(new int[] {0, 2, -1, 5000}, 0, 4)).isEqualTo("<s></s>");
        }
    }

    /** NUL, supplementary planes and everything else that JNI's modified UTF-8 spells differently. */
    @Test
    void everyCodePointSurvivesTheWayIntoTheLibrary() {
        try (Tokenizer tokenizer = Samples.openNative(BYTE_LEVEL)) {
            StringBuilder text = new StringBuilder();
            for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint += codePoint < 0x3000 ? 1 : 97) {
                if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                    text.appendCodePoint(codePoint);
                }
            }
            int[] ids = encode(tokenizer, text.toString());
            assertThat(tokenizer.decode(ids, 0, ids.length)).isEqualTo(text.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MINILM, BYTE_LEVEL, UNIGRAM})
    void aTextCutIntoPartsHasTheIdsOfTheWhole(String resource) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TokenizerJson definition = TokenizerJson.parse(Samples.source(resource));
        assertThat(definition.cuts()).isNotEqualTo(TextCuts.NEVER);
        try (Tokenizer whole = new HuggingFaceTokenizer(definition, Integer.MAX_VALUE);
                Tokenizer parts = new HuggingFaceTokenizer(definition, 1)) {
            for (int i = 0; i < 1500; i++) {
                String text = Samples.randomText(random, 1 + random.nextInt(25));
                assertThat(encode(parts, text)).as("seed %d: '%s'", seed, text).containsExactly(encode(whole, text));
            }
        }
    }

    @Test
    void eightMegabytesAreEncodedInParts() {
        String page = "It was the best of times, it was the worst of times; naïve 12345.\n";
        int pages = 8_000_000 / page.length();
        try (Tokenizer tokenizer = Samples.openNative(MINILM)) {
            int[] one = encode(tokenizer, page);
            int[] all = encode(tokenizer, page.repeat(pages));
            assertThat(all.length).isEqualTo(one.length * pages);
            assertThat(IntStream.range(0, all.length).allMatch(i -> all[i] == one[i % one.length]))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "a"})
    void aRunOfFiveMegabytesWorks(String unit) {
        String text = unit.repeat(5_000_000);
        try (Tokenizer wordPiece = Samples.openNative(MINILM);
                Tokenizer byteLevel = Samples.openNative(BYTE_LEVEL)) {
            assertThat(encode(wordPiece, text)).containsExactly(unit.isBlank() ? new int[0] : new int[] {100});
            assertThat(encode(byteLevel, text).length).isBetween(1, 5_000_000);
        }
    }

    /** Oniguruma gives up after ten million retries, and its binding then aborts the JVM. */
    @Test
    void aRunThatWouldAbortTheLibraryIsRefused() {
        byte[] spaces = " ".repeat(12_000_000).getBytes(StandardCharsets.UTF_8);
        try (Tokenizer tokenizer = Samples.openNative(BYTE_LEVEL)) {
            TokenBuffer out = new TokenBuffer();
            out.add(5);
            assertThatThrownBy(() -> tokenizer.encode(spaces, 0, spaces.length, out))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("12000000 bytes")
                    .hasMessageContaining("at once");
            assertThat(out.toArray()).containsExactly(5);
        }
    }

    @Test
    void manyThreadsShareOneAndItClosesUnderThem() throws Exception {
        Tokenizer tokenizer = Samples.openNative(MINILM);
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
            assertThat(Arrays.equals(ids, Samples.ids(line.path("minilm")))).isTrue();
        }
    }

    @Test
    void aFileAndItsFolderAreTheSameTokenizer(@TempDir Path folder) throws Exception {
        Files.write(folder.resolve("tokenizer.json"), Samples.bytes(BYTE_LEVEL));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": {\"content\": \"<mask>\"}}");
        TokenizerSource fromFolder = TokenizerSources.resolve(folder.toString());
        TokenizerSource fromFile =
                TokenizerSources.resolve(folder.resolve("tokenizer.json").toString());

        assertThat(fromFolder.sha256())
                .isEqualTo(fromFile.sha256())
                .isEqualTo(Samples.source(BYTE_LEVEL).sha256())
                .hasSize(64);
        try (Tokenizer tokenizer = Tokenizers.open(fromFolder)) {
            assertThat(tokenizer.specialTokens().padId()).isEqualTo(3);
        }
    }

    @Test
    void aMissingFileIsNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> TokenizerSources.resolve(folder.toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(folder + " holds no tokenizer.json");
        assertThatThrownBy(() ->
                        TokenizerSources.resolve(folder.resolve("nope.json").toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no such file " + folder.resolve("nope.json"));
        assertThatThrownBy(() -> TokenizerSources.resolve("cl100k_base"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("did you mean tiktoken:cl100k_base?");
        assertThatThrownBy(() -> TokenizerSources.resolve("a\0b")).isInstanceOf(InvalidInputException.class);
    }
}
