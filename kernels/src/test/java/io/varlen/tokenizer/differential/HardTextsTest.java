package io.varlen.tokenizer.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.internal.PipelineTokenizers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that are long without anything to split at, and many texts at once. */
class HardTextsTest {
    private static final int BYTES = 3 << 20;
    /** Of the order of a hundred times what linear time needs, and a hundredth of what quadratic time would. */
    private static final Duration ENOUGH = Duration.ofSeconds(20);

    private static final List<String> UNITS = List.of(
            "a",
            " ",
            "7",
            "\u0301",
            "\u0316\u0301",
            "\u4EBA",
            "\uD83D\uDC4D\u200D",
            "\u2581",
            "\u0000",
            "ab,",
            "\uDBFF\uDFFF");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert_uncased",
                "bert_raw",
                "xlm_roberta",
                "t5",
                "albert",
                "unigram_bytes",
                "llama1",
                "llama2",
                "mistral",
                "gemma",
                "nllb"
            })
    void longTextsTakeLinearTime(String layout) throws Exception {
        try (Tokenizer tokenizer = open(layout)) {
            for (String unit : UNITS) {
                byte[] utf8 = unit.repeat(BYTES / unit.getBytes(StandardCharsets.UTF_8).length)
                        .getBytes(StandardCharsets.UTF_8);
                TokenBuffer ids = new TokenBuffer();
                assertTimeoutPreemptively(
                        ENOUGH,
                        () -> tokenizer.encode(utf8, 0, utf8.length, ids),
                        "%s of '%s'".formatted(layout, unit));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert_uncased", "xlm_roberta", "llama2"})
    void threadsDoNotDisturbEachOther(String layout) throws Exception {
        byte[] json = Expectations.read(ExpectationsTest.folder(), layout).json();
        List<String> strings = Expectations.strings(json).toList();
        try (Tokenizer tokenizer = open(layout)) {
            List<int[]> alone = strings.stream()
                    .map(text -> Differential.encode(tokenizer, text))
                    .toList();
            IntStream.range(0, 4 * strings.size()).parallel().forEach(i -> {
                int text = i % strings.size();
                assertThat(Differential.encode(tokenizer, strings.get(text))).isEqualTo(alone.get(text));
            });
        }
    }

    private static Tokenizer open(String layout) throws Exception {
        byte[] json = Expectations.read(ExpectationsTest.folder(), layout).json();
        return PipelineTokenizers.ofJson(json, new SpecialTokens(new int[0], new int[0], 0));
    }
}
