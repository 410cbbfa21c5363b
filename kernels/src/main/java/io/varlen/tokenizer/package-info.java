/**
 * Text to token ids. Start with {@link io.varlen.tokenizer.Tokenizers}, which opens a {@link
 * io.varlen.tokenizer.Tokenizer} from a {@link io.varlen.tokenizer.TokenizerSource}. No other package sees a tokenizer
 * library.
 */
package io.varlen.tokenizer;
