package io.varlen.tokenizer.internal.description;

import java.util.List;

/** A {@code pre_tokenizer}. */
public sealed interface PreTokenizerSpec {
    record Sequence(List<PreTokenizerSpec> preTokenizers) implements PreTokenizerSpec {}

    /** Its {@code trim_offsets} changes no id. */
    record ByteLevel(boolean addPrefixSpace, boolean useRegex) implements PreTokenizerSpec {}

    record Split(PatternSpec pattern, SplitBehavior behavior, boolean invert) implements PreTokenizerSpec {}

    record Digits(boolean individual) implements PreTokenizerSpec {}

    record Punctuation(SplitBehavior behavior) implements PreTokenizerSpec {}

    record Bert() implements PreTokenizerSpec {}

    record Whitespace() implements PreTokenizerSpec {}

    record WhitespaceSplit() implements PreTokenizerSpec {}

    record CharDelimiterSplit(int delimiter) implements PreTokenizerSpec {}

    record UnicodeScripts() implements PreTokenizerSpec {}

    /** @param replacement a code point */
    record Metaspace(int replacement, PrependScheme prependScheme, boolean split) implements PreTokenizerSpec {}

    enum PrependScheme {
        ALWAYS,
        FIRST,
        NEVER
    }
}
