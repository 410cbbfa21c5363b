package io.varlen.tokenizer.internal.pretokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.PatternSpec;
import io.varlen.tokenizer.internal.description.SplitBehavior;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scanners beside Java's regular expressions, on characters whose properties all versions of Unicode agree on. */
class PatternsTest {
    private static final int STRINGS = 20_000;

    private static final List<String> FRAGMENTS = List.of(
            "a",
            "b",
            "Z",
            "Q",
            "s",
            "t",
            "re",
            "LL",
            "'",
            "'s",
            "'S",
            "'\u017F",
            "'vE",
            "'d",
            "ſ",
            "é",
            "É",
            "ß",
            "ǅ",
            "ʰ",
            "中",
            "文",
            "あ",
            "ア",
            "ー",
            "ا",
            "ह",
            "\u093F",
            "\u0301",
            "\u0308",
            "\u20DD",
            "\uFE0F",
            "1",
            "23",
            "٣",
            "Ⅷ",
            "½",
            "²",
            " ",
            " ",
            "  ",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "\u00A0",
            "\u0085",
            "\u2028",
            "\u3000",
            "\u000B",
            ".",
            ",",
            "!",
            "?",
            "-",
            "_",
            "/",
            "//",
            "(",
            "[",
            "]",
            "{",
            "\\",
            "^",
            "`",
            "~",
            "$",
            "€",
            "+",
            "=",
            "<|",
            "“",
            "…",
            "\u0000",
            "\u200D",
            "\uFEFF",
            "\uE000",
            "👍",
            "🏽",
            "𝒳",
            "\u001F",
            "x".repeat(9),
            "Word",
            "12345678");

    static Stream<String> expressions() {
        String upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
        String lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
        String spaces = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        String contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
        String cased = "[^\\r\\n\\p{L}\\p{N}]?" + upper + "*" + lower + "+%1$s|[^\\r\\n\\p{L}\\p{N}]?" + upper + "+"
                + lower + "*%1$s|%2$s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + spaces;
        String cl100k = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + spaces;
        return Stream.of(
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s",
                contraction + cl100k.formatted("\\p{N}{1,3}"),
                contraction + cl100k.formatted("\\p{N}"),
                "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                        + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
                contraction + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|"
                        + spaces,
                cased.formatted(contraction + "?", "\\p{N}{1,3}"),
                cased.formatted("", "\\p{N}"),
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                        + "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
                "\\p{N}{1,3}",
                "\\p{N}+",
                "[\r\n]",
                "[一-龥\u3040-ゟ゠-ヿ]+");
    }

    @ParameterizedTest
    @MethodSource("expressions")
    void splitAsTheExpressionDoes(String expression) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        // (?i:…) folds ASCII only unless told otherwise, and $ of the libraries is the end of the text
        String javas = expression.replace("(?i:", "(?iu:").replace("$|", "\\z|");
        java.util.regex.Pattern reference =
                java.util.regex.Pattern.compile(javas, java.util.regex.Pattern.UNICODE_CHARACTER_CLASS);
        Pattern ours = Patterns.of(new PatternSpec(true, expression));
        int pieces = 0;
        for (int i = 0; i < STRINGS; i++) {
            String text = text(random);
            List<String> expected = isolate(reference.matcher(text), text);
            assertThat(isolate(ours, text)).as("seed %d: '%s'", seed, text).isEqualTo(expected);
            pieces += expected.size();
        }
        assertThat(pieces).isGreaterThan(STRINGS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\p{L}+", "", "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+"})
    void anExpressionThatIsNotKnownIsNamed(String expression) {
        assertThatThrownBy(() -> Patterns.of(new PatternSpec(true, expression)))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage("the regular expression " + expression);
    }

    @Test
    void behavioursTreatMatchesAsTheLibraryDoes() {
        assertThat(split(SplitBehavior.REMOVED, false)).containsExactly("a", "b", "c");
        assertThat(split(SplitBehavior.REMOVED, true)).containsExactly("-", "-", "-", "-", "-");
        assertThat(split(SplitBehavior.ISOLATED, false)).containsExactly("-", "a", "-", "-", "b", "-", "c", "-");
        assertThat(split(SplitBehavior.CONTIGUOUS, false)).containsExactly("-", "a", "--", "b", "-", "c", "-");
        assertThat(split(SplitBehavior.MERGED_WITH_PREVIOUS, false)).containsExactly("-", "a-", "-", "b-", "c-");
        assertThat(split(SplitBehavior.MERGED_WITH_NEXT, false)).containsExactly("-a", "-", "-b", "-c", "-");
    }

    private static List<String> split(SplitBehavior behavior, boolean invert) {
        Pattern dash = Patterns.of(new PatternSpec(false, "-"));
        return pieces(new SplitPreTokenizer(dash, behavior, invert), "-a--b-c-");
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int fragments = 1 + random.nextInt(10);
        while (fragments-- > 0) {
            String fragment = FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
            text.append(random.nextInt(8) == 0 ? fragment.repeat(1 + random.nextInt(12)) : fragment);
        }
        return text.toString();
    }

    private static List<String> isolate(Matcher matcher, String text) {
        List<String> pieces = new ArrayList<>();
        int done = 0;
        while (matcher.find()) {
            if (done < matcher.start()) {
                pieces.add(text.substring(done, matcher.start()));
            }
            pieces.add(matcher.group());
            done = matcher.end();
        }
        if (done < text.length()) {
            pieces.add(text.substring(done));
        }
        return pieces;
    }

    private static List<String> isolate(Pattern pattern, String text) {
        return pieces(new SplitPreTokenizer(pattern, SplitBehavior.ISOLATED, false), text);
    }

    /** The text stands between letters, which nothing may look at. */
    private static List<String> pieces(SplitPreTokenizer splitter, String text) {
        byte[] utf8 = ("ab" + text + "cd").getBytes(StandardCharsets.UTF_8);
        List<String> pieces = new ArrayList<>();
        splitter.split(
                Utf8Text.wrap(utf8, 2, utf8.length - 2, false),
                2,
                utf8.length - 2,
                (part, from, to) -> pieces.add(new String(part.bytes, from, to - from, StandardCharsets.UTF_8)));
        return pieces;
    }
}
