package io.varlen.tokenizer;

import io.varlen.Sha256;
import java.util.Arrays;

/**
 * What defines a tokenizer, small enough to be sent to executors: a tiktoken encoding by name, or the bytes of a {@code
 * tokenizer.json}.
 *
 * @param name as the user wrote it: {@code tiktoken:cl100k_base}, or a path; used in messages
 * @param json the bytes of the {@code tokenizer.json}; null for tiktoken
 * @param configJson the bytes of the {@code tokenizer_config.json} beside it, which may name the padding and
 *     end-of-text tokens; null if there is none
 * @param sha256 lower-case hex of the SHA-256 of {@code json}, or of the encoding's vocabulary file for tiktoken
 */
public record TokenizerSource(String name, byte[] json, byte[] configJson, String sha256)
        implements java.io.Serializable {

    /** A {@code tokenizer.json}, whatever it was read from. */
    public static TokenizerSource ofJson(String name, byte[] json, byte[] configJson) {
        return new TokenizerSource(name, json, configJson, Sha256.hexOf(json));
    }

    public boolean isTiktoken() {
        return json == null;
    }

    /** By name and bytes. */
    @Override
    public boolean equals(Object other) {
        return other instanceof TokenizerSource that
                && name.equals(that.name)
                && sha256.equals(that.sha256)
                && Arrays.equals(configJson, that.configJson);
    }

    @Override
    public int hashCode() {
        return sha256.hashCode();
    }
}
