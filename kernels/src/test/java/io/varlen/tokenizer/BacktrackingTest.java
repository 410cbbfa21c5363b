package io.varlen.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BacktrackingTest {

    static Iterable<String> knownPatterns() {
        return TextCuts.SPLIT_PATTERNS;
    }

    @ParameterizedTest
    @MethodSource("knownPatterns")
    void expressionsOfWellKnownModelsAreLinear(String regex) throws Exception {
        assertThat(Backtracking.retriesPerCharacter(regex)).isPositive();
    }

    /** Falcon, StarCoder, BLOOM, DeepSeek, CLIP, SentencePiece's joining of spaces. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[0-9][0-9][0-9]",
                "\\p{N}{1,3}",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "[一-龥぀-ゟ゠-ヿ]+",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                " {2,}",
                "\\s+$",
                "(?>a+)b",
                "a{b}",
                "[]a]+",
                "[[:alpha:]&&[^x]]*"
            })
    void harmlessExpressionsAreLetThrough(String regex) throws Exception {
        assertThat(Backtracking.retriesPerCharacter(regex)).isLessThanOrEqualTo(6);
    }

    /** Every element that can fail behind a repetition is a retry, and every optional one before it doubles them. */
    @ParameterizedTest
    @CsvSource({
        "a, 0",
        "a+, 0",
        "a?b+c?, 0",
        "a*b, 1",
        "a*bc, 2",
        "a*b|a*c|a*d, 3",
        "a*(?:b|c), 3",
        "x?a*b, 2",
        "'a?b{1,3}c*d', 8"
    })
    void retriesAreCounted(String regex, int retries) throws Exception {
        assertThat(Backtracking.retriesPerCharacter(regex)).isEqualTo(retries);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = 'ÿ',
            value = {
                "(a+)+$ ÿ repeats a group",
                "(?:a|a)*b ÿ repeats a group",
                "(a){2} ÿ repeats a group",
                "(a?){30} ÿ repeats a group",
                "a*a*$ ÿ more than linearly",
                "\\s*[\\r\\n]+x ÿ more than linearly",
                "(a*)(a*)b ÿ more than linearly",
                "(?=a*a*b) ÿ more than linearly",
                "a*(?=a*b) ÿ more than linearly",
                "a{0,100}a{0,100}b ÿ more than linearly",
                "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaa ÿ more than linearly",
                "(a)\\1 ÿ refers back",
                "(?<x>a)\\k<x> ÿ not understood",
                "\\k<x> ÿ refers back",
                "(?~abc) ÿ not understood",
                "(?x) a ÿ not understood",
                "a** ÿ stacks",
                "a{1,3}+ ÿ stacks",
                "(a ÿ unmatched",
                "a) ÿ unmatched",
                "[a ÿ unmatched",
                "*a ÿ nothing to repeat",
                "a\\ ÿ backslash"
            })
    void otherExpressionsAreRefused(String regex, String reason) {
        assertThatThrownBy(() -> Backtracking.retriesPerCharacter(regex))
                .isInstanceOf(Backtracking.UnboundedException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(ints = {51, 100_000})
    void deepNestingIsRefused(int depth) {
        assertThatThrownBy(() -> Backtracking.retriesPerCharacter("(".repeat(depth) + "a" + ")".repeat(depth)))
                .isInstanceOf(Backtracking.UnboundedException.class);
    }
}
