package io.varlen.tokenizer.internal.description;

import java.util.List;

/** A {@code decoder}. */
public sealed interface DecoderSpec {
    record Sequence(List<DecoderSpec> decoders) implements DecoderSpec {}

    record ByteLevel() implements DecoderSpec {}

    record WordPiece(String prefix, boolean cleanup) implements DecoderSpec {}

    record Metaspace(int replacement, PreTokenizerSpec.PrependScheme prependScheme) implements DecoderSpec {}

    record BpeDecoder(String suffix) implements DecoderSpec {}

    record Replace(PatternSpec pattern, String content) implements DecoderSpec {}

    record Fuse() implements DecoderSpec {}

    record Strip(int content, int start, int stop) implements DecoderSpec {}

    record ByteFallback() implements DecoderSpec {}
}
