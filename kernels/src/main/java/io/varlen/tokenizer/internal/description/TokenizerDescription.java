package io.varlen.tokenizer.internal.description;

import java.util.List;

/**
 * What a {@code tokenizer.json} says about ids. Left out are padding, truncation and the post-processor.
 *
 * @param addedTokens in the order of the file
 * @param normalizer null if there is none
 * @param preTokenizer null if there is none
 * @param model the vocabulary
 * @param decoder null if there is none
 */
public record TokenizerDescription(
        List<AddedTokenSpec> addedTokens,
        NormalizerSpec normalizer,
        PreTokenizerSpec preTokenizer,
        ModelSpec model,
        DecoderSpec decoder) {}
