package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.internal.added.AddedTokens;
import io.varlen.tokenizer.internal.bpe.BpeModel;
import io.varlen.tokenizer.internal.bpe.BpeModels;
import io.varlen.tokenizer.internal.decoder.Decoders;
import io.varlen.tokenizer.internal.description.AddedTokenSpec;
import io.varlen.tokenizer.internal.description.DecoderSpec;
import io.varlen.tokenizer.internal.description.DescriptionReader;
import io.varlen.tokenizer.internal.description.SplitBehavior;
import io.varlen.tokenizer.internal.description.TokenizerDescription;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.normalizer.Normalizers;
import io.varlen.tokenizer.internal.pretokenizer.Pattern;
import io.varlen.tokenizer.internal.pretokenizer.PreTokenizers;
import io.varlen.tokenizer.internal.pretokenizer.SplitPreTokenizer;
import java.util.Map;

/** Makes the tokenizers in Java. */
public final class PipelineTokenizers {
    private PipelineTokenizers() {}

    /**
     * The tokenizer of a {@code tokenizer.json}.
     *
     * @throws UnsupportedConstructException if something in it is not known exactly
     */
    public static PipelineTokenizer ofJson(byte[] json, SpecialTokens specialTokens) {
        TokenizerDescription description = DescriptionReader.read(json);
        boolean byteLevel = PreTokenizers.isByteLevel(description.preTokenizer());
        Normalizer normalizer = Normalizers.of(description.normalizer());
        if (normalizer != null && PreTokenizers.asksForStart(description.preTokenizer())) {
            requireKnownStart(description);
        }
        Model model = Models.of(description.model(), byteLevel);
        return new PipelineTokenizer(
                AddedTokens.of(description.addedTokens(), model, normalizer),
                normalizer,
                PreTokenizers.of(description.preTokenizer()),
                model,
                Decoders.of(description.decoder()),
                specialTokens);
    }

    /** The library asks where a piece of normalized text begins in the source, which it does not always tell rightly. */
    private static void requireKnownStart(TokenizerDescription description) {
        String first = "pre_tokenizer Metaspace with prepend_scheme first behind ";
        if (Normalizers.mayMoveStart(description.normalizer())) {
            throw new UnsupportedConstructException(first + "a normalizer that may drop characters");
        }
        if (description.addedTokens().stream().anyMatch(AddedTokenSpec::normalized)) {
            throw new UnsupportedConstructException(first + "a normalizer and added tokens that are normalized");
        }
    }

    /**
     * An encoding of tiktoken, with the semantics of {@code encode_ordinary}: text that spells a special token is ordinary.
     *
     * @param tokens the bytes of each id; null for ids that are not used
     * @param names the strings of special tokens, for decoding
     */
    public static PipelineTokenizer ofRanks(
            byte[][] tokens, Pattern pattern, Map<Integer, String> names, SpecialTokens specialTokens) {
        BpeModel model = BpeModels.ofRanks(tokens);
        return new PipelineTokenizer(
                new AddedTokens(null, null, names, names.keySet()),
                null,
                new SplitPreTokenizer(pattern, SplitBehavior.ISOLATED, false),
                model,
                Decoders.of(new DecoderSpec.ByteLevel()),
                specialTokens);
    }
}
