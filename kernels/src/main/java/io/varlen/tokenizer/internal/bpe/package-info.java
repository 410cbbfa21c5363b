/**
 * Byte-pair encoding. {@link io.varlen.tokenizer.internal.bpe.BpeModel} holds a vocabulary and its merges; {@link
 * io.varlen.tokenizer.internal.bpe.BpeEncoder} cuts a piece into first symbols ({@link
 * io.varlen.tokenizer.internal.bpe.SymbolReader}) and merges them ({@link io.varlen.tokenizer.internal.bpe.Merger}).
 */
package io.varlen.tokenizer.internal.bpe;
