package io.varlen.tokenizer.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.internal.PipelineTokenizers;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sample of {@link Differential} that needs no Python: its comparisons on committed layouts. */
class ExpectationsTest {
    private static final SpecialTokens NO_SPECIAL_TOKENS = new SpecialTokens(new int[0], new int[0], 0);

    static Path folder() throws URISyntaxException {
        return Path.of(ExpectationsTest.class
                .getResource("/io/varlen/tokenizer/expectations")
                .toURI());
    }

    static List<String> layouts() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".crc"))
                    .map(name -> name.replace(".crc", ""))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void thereAreLayoutsOfEveryModel() throws Exception {
        assertThat(layouts())
                .hasSizeGreaterThan(20)
                .contains("llama3", "bert_uncased", "xlm_roberta", "llama2", "gemma");
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void idsAreThoseOfTheLibrary(String layout) throws Exception {
        Expectations expected = Expectations.read(folder(), layout);
        assertThat(expected.checksums()).hasSize(Expectations.STRINGS);
        List<String> strings = Expectations.strings(expected.json()).toList();
        try (Tokenizer tokenizer = PipelineTokenizers.ofJson(expected.json(), NO_SPECIAL_TOKENS)) {
            for (int i = 0; i < strings.size(); i++) {
                int[] ids = Differential.encode(tokenizer, strings.get(i));
                assertThat(Expectations.checksum(ids))
                        .as("string %d of layout %s, seed %d: '%s'", i, layout, Expectations.SEED, strings.get(i))
                        .isEqualTo(expected.checksums()[i]);
            }
        }
    }
}
