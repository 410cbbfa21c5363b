/** The WordPiece model of BERT: {@link io.varlen.tokenizer.internal.wordpiece.WordPieceModel}. */
package io.varlen.tokenizer.internal.wordpiece;
