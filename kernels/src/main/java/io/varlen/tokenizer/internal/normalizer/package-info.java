/**
 * Hugging Face's normalizers. Start with {@link io.varlen.tokenizer.internal.normalizer.Normalizers}, which makes them from
 * their descriptions; the more than trivial ones are {@link io.varlen.tokenizer.internal.normalizer.BertNormalizer}, {@link
 * io.varlen.tokenizer.internal.normalizer.UnicodeNormalizer} and {@link
 * io.varlen.tokenizer.internal.normalizer.PrecompiledNormalizer}.
 */
package io.varlen.tokenizer.internal.normalizer;
