package io.varlen.tokenizer.internal.description;

/**
 * What {@code Split} and {@code Replace} look for.
 *
 * @param text the literal string, or the regular expression in Oniguruma's syntax
 */
public record PatternSpec(boolean regex, String text) {}
