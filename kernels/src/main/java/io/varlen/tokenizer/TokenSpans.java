package io.varlen.tokenizer;

/**
 * The ids of a text and where they come from.
 *
 * @param ids as {@link Tokenizer#encode} gives them
 * @param starts for each id, where in the text's UTF-8 the first character begins that it stems from
 * @param ends for each id, where the last one ends; a token that is a part of a character has the whole one, one of characters
 *     that were normalized together has all of these, and one that was inserted has an empty range
 */
public record TokenSpans(int[] ids, int[] starts, int[] ends) {}
