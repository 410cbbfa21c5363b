package io.varlen.tokenizer.internal.bpe;

/**
 * What becomes of a character that is not in the vocabulary and does not fall back to bytes.
 *
 * @param id the id of the unknown token; -1 to leave such characters out
 * @param fuse whether neighbours become one token
 */
record Unknown(int id, boolean fuse) {}
