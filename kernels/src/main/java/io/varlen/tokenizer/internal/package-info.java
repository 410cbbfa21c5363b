/**
 * The tokenizer engines in Java. A text goes through {@link io.varlen.tokenizer.internal.Normalizer}, {@link
 * io.varlen.tokenizer.internal.PreTokenizer} and {@link io.varlen.tokenizer.internal.Model}, as in Hugging Face's
 * tokenizers; {@link io.varlen.tokenizer.internal.description} reads a {@code tokenizer.json} into records.
 */
package io.varlen.tokenizer.internal;
