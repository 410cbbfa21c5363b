/**
 * The Unicode data that Hugging Face tokenizers uses, which is of several versions and none of them the running Java's, and
 * the algorithms over it. Start with {@link io.varlen.tokenizer.internal.unicode.Unicode}, the properties; {@link
 * io.varlen.tokenizer.internal.unicode.Normalization}, the four normal forms; and {@link
 * io.varlen.tokenizer.internal.unicode.GraphemeClusters}.
 */
package io.varlen.tokenizer.internal.unicode;
