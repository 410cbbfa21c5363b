package io.varlen.tokenizer.internal.normalizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.NormalizerSpec;
import io.varlen.tokenizer.internal.description.PatternSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NormalizersTest {
    private static final NormalizerSpec BERT = new NormalizerSpec.Bert(true, true, null, true);

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    static List<NormalizerSpec> specs() {
        return List.of(
                BERT,
                new NormalizerSpec.Bert(false, false, true, false),
                new NormalizerSpec.Unicode(NormalizerSpec.Form.NFC),
                new NormalizerSpec.Unicode(NormalizerSpec.Form.NFKD),
                new NormalizerSpec.Lowercase(),
                new NormalizerSpec.StripAccents(),
                new NormalizerSpec.Nmt(),
                new NormalizerSpec.Strip(true, true),
                new NormalizerSpec.Precompiled(charsmap()),
                replace(" ", "\u2581"),
                new NormalizerSpec.Sequence(List.of(new NormalizerSpec.Prepend("\u2581"), replace(" ", "\u2581"))));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void whatIsKeptIsNotChanged(NormalizerSpec spec) {
        Normalizer normalizer = Normalizers.of(spec);
        int kept = 0;
        for (int i = 0; i < 20_000; i++) {
            String text = randomText();
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            if (normalizer.keeps(utf8, 0, utf8.length)) {
                kept++;
                assertThat(normalize(normalizer, text)).as("seed %d", seed).isEqualTo(text);
            }
        }
        assertThat(kept).isPositive();
    }

    @ParameterizedTest
    @MethodSource("specs")
    void sourcesAreRangesOfWholeCharactersInOrder(NormalizerSpec spec) {
        Normalizer normalizer = Normalizers.of(spec);
        for (int i = 0; i < 2_000; i++) {
            byte[] utf8 = randomText().getBytes(StandardCharsets.UTF_8);
            Utf8Text normal = Utf8Text.wrap(utf8, 0, utf8.length, true).derive();
            normalizer.normalize(Utf8Text.wrap(utf8, 0, utf8.length, true), 0, utf8.length, normal);
            for (int at = normal.start; at < normal.end; at++) {
                int start = normal.sourceStart[at];
                assertThat(start).as("seed %d", seed).isBetween(0, utf8.length);
                assertThat(normal.sourceEnd[at]).as("seed %d", seed).isBetween(start, utf8.length);
                assertThat(at == normal.start || normal.sourceStart[at - 1] <= start)
                        .as("seed %d", seed)
                        .isTrue();
                assertThat(start == utf8.length || (utf8[start] & 0xC0) != 0x80)
                        .as("seed %d", seed)
                        .isTrue();
            }
        }
    }

    @Test
    void bertNormalizerCleansSpacesStripsAndLowers() {
        Normalizer bert = Normalizers.of(BERT);
        assertThat(normalize(bert, "H\u00C9llo\tW\u00F6rld\u0000\uFFFD!\u200B")).isEqualTo("hello world!");
        assertThat(normalize(bert, "ab\u4EBAc\uF900")).isEqualTo("ab \u4EBA c \u8C48 ");
        assertThat(normalize(bert, "\u0130\u1E9E\u2260")).isEqualTo("i\u00DF=");
    }

    /** Two marks of category Mc, which stay, exchange places; a format character between them does not part them. */
    @Test
    void bertNormalizerOrdersTheMarksThatItKeeps() {
        Normalizer bert = Normalizers.of(BERT);
        assertThat(normalize(bert, "a\u302E\u1B44")).isEqualTo("a\u1B44\u302E");
        assertThat(normalize(bert, "a\u302E\u200D\u1B44\u0301")).isEqualTo("a\u1B44\u302E");
        assertThat(normalize(Normalizers.of(new NormalizerSpec.Bert(true, true, false, true)), "a\u302E\u1B44"))
                .isEqualTo("a\u302E\u1B44");
    }

    /** As the library does it: of a short cluster with a known beginning, the rest disappears. */
    @Test
    void precompiledReplacesClustersByTheirShortestKnownPrefix() {
        Normalizer precompiled = Normalizers.of(new NormalizerSpec.Precompiled(charsmap()));
        assertThat(normalize(precompiled, "\uFB01\u0301x")).isEqualTo("fix");
        assertThat(normalize(precompiled, "\uFB01\u0301\u0301x")).isEqualTo("fi\u0301\u0301x");
        assertThat(normalize(precompiled, "a\r\nb")).isEqualTo("a b");
        assertThat(normalize(precompiled, "a\r\rb\u0001")).isEqualTo("a  b");
        assertThat(normalize(precompiled, "\uFF21\uFF22 \u2460")).isEqualTo("AB 1");
    }

    @Test
    void damagedTablesAreRefusedOrSafe() {
        byte[] table = charsmap();
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = table.clone();
            for (int k = 0; k < 1 + random.nextInt(20); k++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
            }
            try {
                Normalizer normalizer = Normalizers.of(new NormalizerSpec.Precompiled(damaged));
                for (int k = 0; k < 20; k++) {
                    normalize(normalizer, randomText());
                }
            } catch (UnsupportedConstructException e) {
                assertThat(e).as("seed %d", seed).hasMessageContaining("precompiled_charsmap");
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void replacesStringsAndRunsOfSpaces() {
        assertThat(normalize(Normalizers.of(replace("aa", "b")), "aaaaa aa")).isEqualTo("bba b");
        Normalizer runs = Normalizers.of(new NormalizerSpec.Replace(new PatternSpec(true, " {2,}"), "_"));
        assertThat(normalize(runs, "a b  c    ")).isEqualTo("a b_c_");
    }

    @Test
    void unknownExpressionsAreRefused() {
        assertThatThrownBy(() -> Normalizers.of(new NormalizerSpec.Replace(new PatternSpec(true, "\\s+"), " ")))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage("normalizer Replace of the expression '\\s+'");
    }

    private static NormalizerSpec.Replace replace(String pattern, String content) {
        return new NormalizerSpec.Replace(new PatternSpec(false, pattern), content);
    }

    private String randomText() {
        int limit = random.nextInt(3) == 0 ? 0x80 : random.nextInt(3) == 0 ? 0x20000 : 0x3100;
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            int c = random.nextInt(limit);
            text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? ' ' : c);
        }
        return text.toString();
    }

    private static String normalize(Normalizer normalizer, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        Utf8Text source = Utf8Text.wrap(utf8, 0, utf8.length, false);
        Utf8Text normal = source.derive();
        normalizer.normalize(source, 0, utf8.length, normal);
        return new String(normal.bytes, normal.start, normal.length(), StandardCharsets.UTF_8);
    }

    private static byte[] charsmap() {
        String name = "/io/varlen/tokenizer/expectations/nmt_nfkc.charsmap.gz";
        try (InputStream in = new GZIPInputStream(NormalizersTest.class.getResourceAsStream(name))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
