package io.varlen.tokenizer.internal.decoder;

import io.varlen.tokenizer.internal.description.DecoderSpec;
import io.varlen.tokenizer.internal.description.PreTokenizerSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.util.ArrayList;
import java.util.List;

/** Makes decoders from their descriptions. */
public final class Decoders {
    private Decoders() {}

    /**
     * Makes a decoder.
     *
     * @param spec null for none: tokens are then put one behind the other with spaces between
     * @throws UnsupportedConstructException if a part is not known
     */
    public static Decoder of(DecoderSpec spec) {
        if (spec == null) {
            return tokens -> List.of(String.join(" ", tokens));
        }
        if (spec instanceof DecoderSpec.Sequence sequence) {
            List<Decoder> steps = sequence.decoders().stream().map(Decoders::of).toList();
            return tokens -> {
                List<String> decoded = tokens;
                for (Decoder step : steps) {
                    decoded = step.decode(decoded);
                }
                return decoded;
            };
        }
        if (spec instanceof DecoderSpec.ByteLevel) {
            return new ByteLevelDecoder();
        }
        if (spec instanceof DecoderSpec.ByteFallback) {
            return new ByteFallbackDecoder();
        }
        if (spec instanceof DecoderSpec.WordPiece wordPiece) {
            return new WordPieceDecoder(wordPiece.prefix(), wordPiece.cleanup());
        }
        if (spec instanceof DecoderSpec.Strip strip) {
            return new StripDecoder(strip.content(), strip.start(), strip.stop());
        }
        if (spec instanceof DecoderSpec.Fuse) {
            return tokens -> List.of(String.join("", tokens));
        }
        if (spec instanceof DecoderSpec.Metaspace metaspace) {
            return tokens -> metaspace(metaspace, tokens);
        }
        if (spec instanceof DecoderSpec.BpeDecoder bpe) {
            return tokens -> bpe(bpe.suffix(), tokens);
        }
        if (spec instanceof DecoderSpec.Replace replace && !replace.pattern().regex()) {
            return tokens -> tokens.stream()
                    .map(token -> token.replace(replace.pattern().text(), replace.content()))
                    .toList();
        }
        throw new UnsupportedConstructException(
                "decoder " + spec.getClass().getSimpleName() + " of a regular expression");
    }

    /** The mark of a space becomes one, but nothing in the first token, where it was put in front of the text. */
    private static List<String> metaspace(DecoderSpec.Metaspace spec, List<String> tokens) {
        String mark = Character.toString(spec.replacement());
        boolean prepended = spec.prependScheme() != PreTokenizerSpec.PrependScheme.NEVER;
        List<String> decoded = new ArrayList<>();
        for (String token : tokens) {
            decoded.add(token.replace(mark, decoded.isEmpty() && prepended ? "" : " "));
        }
        return decoded;
    }

    /** The mark of a word's end becomes a space, but nothing in the last token. */
    private static List<String> bpe(String suffix, List<String> tokens) {
        List<String> decoded = new ArrayList<>();
        for (String token : tokens) {
            decoded.add(token.replace(suffix, decoded.size() == tokens.size() - 1 ? "" : " "));
        }
        return decoded;
    }
}
