/**
 * Tokens that stand for themselves wherever they are in a text. {@link io.varlen.tokenizer.internal.added.AddedTokens} reads
 * them, and {@link io.varlen.tokenizer.internal.added.AddedTokenSplitter} cuts a text at them.
 */
package io.varlen.tokenizer.internal.added;
