package io.varlen.tokenizer.internal.description;

import java.util.List;

/** A {@code normalizer}. */
public sealed interface NormalizerSpec {
    record Sequence(List<NormalizerSpec> normalizers) implements NormalizerSpec {}

    /** Unicode normalization. */
    record Unicode(Form form) implements NormalizerSpec {}

    enum Form {
        NFC,
        NFD,
        NFKC,
        NFKD
    }

    /** @param stripAccents null: as {@code lowercase} */
    record Bert(boolean cleanText, boolean handleChineseChars, Boolean stripAccents, boolean lowercase)
            implements NormalizerSpec {}

    record Lowercase() implements NormalizerSpec {}

    record StripAccents() implements NormalizerSpec {}

    record Strip(boolean left, boolean right) implements NormalizerSpec {}

    record Nmt() implements NormalizerSpec {}

    /** @param charsMap SentencePiece's precompiled map, out of Base64 */
    record Precompiled(byte[] charsMap) implements NormalizerSpec {}

    record Replace(PatternSpec pattern, String content) implements NormalizerSpec {}

    record Prepend(String prepend) implements NormalizerSpec {}

    record ByteLevel() implements NormalizerSpec {}
}
