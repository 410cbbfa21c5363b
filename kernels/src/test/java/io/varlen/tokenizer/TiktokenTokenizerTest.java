package io.varlen.tokenizer;

import static io.varlen.tokenizer.Samples.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import io.varlen.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TiktokenTokenizerTest {

    @ParameterizedTest
    @EnumSource
    void givesTheIdsOfPythonsTiktoken(TiktokenEncoding encoding) {
        try (Tokenizer tokenizer = Tokenizers.open(encoding.source())) {
            for (JsonNode line : Samples.expected()) {
                String text = line.path("text").asText();
                int[] ids = encode(tokenizer, text);
                assertThat(ids).as(text).containsExactly(Samples.ids(line.path(encoding.encodingName())));
                assertThat(tokenizer.decode(ids, 0, ids.length)).isEqualTo(text);
                assertThat(Arrays.stream(ids)).allMatch(id -> id < tokenizer.vocabularySize());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesTheIdsOfJTokkit(TiktokenEncoding encoding) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        var library = Encodings.newDefaultEncodingRegistry().getEncoding(encoding.type);
        try (Tokenizer tokenizer = Tokenizers.open(encoding.source())) {
            for (int i = 0; i < 200; i++) {
                String text = Samples.randomText(random, 30);
                assertThat(encode(tokenizer, text))
                        .as("seed %d", seed)
                        .containsExactly(library.encodeOrdinary(text).toArray());
            }
        }
    }

    @Test
    void encodesASliceBehindWhatTheBufferHolds() {
        try (Tokenizer tokenizer = Tokenizers.open(TiktokenEncoding.CL100K_BASE.source())) {
            byte[] utf8 = "xxhello worldxx".getBytes(StandardCharsets.UTF_8);
            TokenBuffer out = new TokenBuffer(0);
            out.add(7);
            tokenizer.encode(utf8, 2, 13, out);
            assertThat(out.toArray()).containsExactly(7, 15339, 1917);
            assertThat(tokenizer.decode(out.toArray(), 1, 3)).isEqualTo("hello world");
        }
    }

    /** A run that no word boundary breaks is one word to the byte-pair merges. */
    @ParameterizedTest
    @CsvSource({"CL100K_BASE, a", "O200K_BASE, ' '"})
    void aRunOfFiveMegabytesIsOneWord(TiktokenEncoding encoding, String unit) {
        String text = unit.repeat(5_000_000);
        try (Tokenizer tokenizer = Tokenizers.open(encoding.source())) {
            int[] ids = encode(tokenizer, text);
            assertThat(ids.length).isLessThan(2_500_000);
            assertThat(tokenizer.decode(ids, 0, ids.length).equals(text)).isTrue();
        }
    }

    @Test
    void aDocumentOfFiftyMegabytesIsEncodedWhole() {
        String page = "It was the best of times, it was the worst of times; naïve 12345.\n";
        int pages = 50_000_000 / page.length();
        try (Tokenizer tokenizer = Tokenizers.open(TiktokenEncoding.CL100K_BASE.source())) {
            int[] one = encode(tokenizer, page);
            int[] all = encode(tokenizer, page.repeat(pages));
            assertThat(all.length).isEqualTo(one.length * pages);
            assertThat(Arrays.equals(one, Arrays.copyOfRange(all, all.length - one.length, all.length)))
                    .isTrue();
        }
    }

    @Test
    void manyThreadsShareOne() {
        try (Tokenizer tokenizer = Tokenizers.open(TiktokenEncoding.O200K_BASE.source())) {
            List<JsonNode> lines = Samples.expected();
            boolean same = IntStream.range(0, 2000).parallel().allMatch(i -> {
                JsonNode line = lines.get(i % lines.size());
                int[] ids = encode(tokenizer, line.path("text").asText());
                return Arrays.equals(ids, Samples.ids(line.path("o200k_base")))
                        && tokenizer
                                .decode(ids, 0, ids.length)
                                .equals(line.path("text").asText())
                        && tokenizer.decode(new int[] {199_999}, 0, 1).equals("<|endoftext|>");
            });
            assertThat(same).isTrue();
        }
    }

    /** The hashes that tiktoken itself expects of these files. */
    @Test
    void sourcesCarryTheHashOfOpenAisVocabularyFile() {
        Map<String, String> hashes = Map.of(
                "tiktoken:cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
                "tiktoken:o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
                "tiktoken:p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
                "tiktoken:r50k_base", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930");
        hashes.forEach((name, hash) -> {
            TokenizerSource source = TokenizerSources.resolve(name);
            assertThat(source.isTiktoken()).isTrue();
            assertThat(source.sha256()).isEqualTo(hash);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "CL100K_BASE, 100256, 100257",
        "O200K_BASE, 199998, 199999",
        "P50K_BASE, 50281, 50256",
        "R50K_BASE, 50256, 50256"
    })
    void padsWithEndOfTextAndAddsNothing(TiktokenEncoding encoding, int vocabularySize, int endOfText) {
        String file = "/com/knuddels/jtokkit/" + encoding.encodingName() + ".tiktoken";
        int largest = new String(Samples.bytes(file), StandardCharsets.US_ASCII)
                .lines()
                .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(' ') + 1)))
                .max()
                .orElseThrow();
        try (Tokenizer tokenizer = Tokenizers.open(encoding.source())) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(vocabularySize).isEqualTo(largest + 1);
            assertThat(tokenizer.specialTokens().count()).isZero();
            assertThat(tokenizer.specialTokens().padId()).isEqualTo(endOfText);
            assertThat(tokenizer.decode(new int[] {endOfText, -1, Integer.MAX_VALUE}, 0, 3))
                    .isEqualTo("<|endoftext|>");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiktoken:cl100k", "tiktoken:cl100kbase", "tiktoken:CL100K_BASE ", "tiktoken:cl1O0k_base"})
    void anUnknownNameIsAnsweredWithTheNearest(String name) {
        assertThatThrownBy(() -> TokenizerSources.resolve(name))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("did you mean tiktoken:cl100k_base?")
                .hasMessageContaining("tiktoken:o200k_base|tiktoken:p50k_base");
    }
}
