package io.varlen.tokenizer.internal.description;

/**
 * One entry of {@code added_tokens}: a string that is one token wherever it stands in the text.
 *
 * @param id its id
 * @param content the string, not empty
 * @param singleWord only where no word character stands before or behind it
 * @param lstrip takes in the whitespace before it
 * @param rstrip takes in the whitespace behind it
 * @param normalized is looked for, itself normalized, in normalized text; else in the text as given
 * @param special is left out by decoders that skip special tokens
 */
public record AddedTokenSpec(
        int id,
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        boolean normalized,
        boolean special) {}
