package io.varlen.tokenizer;

/** Opens tokenizers. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * Opens the tokenizer that {@code source} defines.
     *
     * @throws io.varlen.InvalidInputException if its files are damaged, or mean something that cannot be done exactly, or
     *     this machine cannot load the native library that reads a {@code tokenizer.json}
     */
    public static Tokenizer open(TokenizerSource source) {
        return source.isTiktoken()
                ? new TiktokenTokenizer(TiktokenEncoding.ofName(source.name()))
                : new HuggingFaceTokenizer(TokenizerJson.parse(source));
    }
}
