/**
 * Splitting text into pieces. {@link io.varlen.tokenizer.internal.pretokenizer.PreTokenizers} makes a pre-tokenizer from its
 * description; a {@link io.varlen.tokenizer.internal.pretokenizer.Pattern} is a regular expression as a hand-written
 * scanner, found by its text in {@link io.varlen.tokenizer.internal.pretokenizer.Patterns}; {@link
 * io.varlen.tokenizer.internal.pretokenizer.CharClasses} are the classes that they ask for.
 */
package io.varlen.tokenizer.internal.pretokenizer;
