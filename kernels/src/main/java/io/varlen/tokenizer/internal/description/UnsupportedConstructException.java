package io.varlen.tokenizer.internal.description;

/**
 * The engines in Java do not know this construct of a {@code tokenizer.json} exactly, so they leave the file to the native
 * library.
 */
public final class UnsupportedConstructException extends RuntimeException {
    /** @param construct names the construct, e.g. {@code pre_tokenizer FixedLength}; part of a log line */
    public UnsupportedConstructException(String construct) {
        super(construct);
    }
}
