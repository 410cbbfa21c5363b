package io.varlen.spark.frame;

import java.util.SortedMap;
import java.util.TreeMap;

/** Options of {@link io.varlen.spark.Varlen#tokenize}. */
public final class TokenizeSettings extends FrameSettings<TokenizeSettings> {
    private TokenizeSettings(SortedMap<String, String> values) {
        super(values);
    }

    /** @param tokenizer as {@code --tokenizer} */
    public static TokenizeSettings of(String tokenizer) {
        return new TokenizeSettings(new TreeMap<>()).option("tokenizer", tokenizer);
    }

    @Override
    TokenizeSettings copy(SortedMap<String, String> changed) {
        return new TokenizeSettings(changed);
    }

    /** Where the special tokens go: {@code document} or {@code none}. */
    public TokenizeSettings specialTokens(String where) {
        return option("special-tokens", where);
    }
}
