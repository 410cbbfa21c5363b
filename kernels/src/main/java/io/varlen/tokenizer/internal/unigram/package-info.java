/** SentencePiece's unigram language model: {@link io.varlen.tokenizer.internal.unigram.UnigramModel}. */
package io.varlen.tokenizer.internal.unigram;
