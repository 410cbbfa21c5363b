package io.varlen.tokenizer;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/** Finds the tokenizer that a user names. */
public final class TokenizerSources {
    static final long MAX_FILE_BYTES = 256L << 20;

    private static final String A_TOKENIZER_IS =
            "a tokenizer is the local path of a tokenizer.json, or of a model folder holding one, or "
                    + TiktokenEncoding.NAMES;

    private TokenizerSources() {}

    /**
     * Resolves {@code tiktoken:<encoding>}, the path of a {@code tokenizer.json}, or the path of a folder that holds one.
     *
     * @throws InvalidInputException if there is no such encoding or file, or it cannot be read
     */
    public static TokenizerSource resolve(String name) {
        if (name.startsWith(TiktokenEncoding.SCHEME)) {
            return TiktokenEncoding.ofName(name).source();
        }
        if (name.isBlank()) {
            throw new InvalidInputException("the tokenizer's name is empty; " + A_TOKENIZER_IS);
        }
        Path path = path(name);
        Path json = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
        if (!Files.exists(json)) {
            throw new InvalidInputException(missing(name, path, json));
        }
        Path config = json.resolveSibling("tokenizer_config.json");
        return TokenizerSource.ofJson(name, read(json), Files.exists(config) ? read(config) : null);
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new InvalidInputException("'" + name.replace('\0', '?') + "' is not a path: " + e.getReason(), e);
        }
    }

    private static String missing(String name, Path path, Path json) {
        if (Files.isDirectory(path)) {
            return "the folder " + name + " holds no tokenizer.json";
        }
        boolean forgotScheme = Arrays.stream(TiktokenEncoding.values())
                .anyMatch(e -> e.encodingName().equals(name));
        return "there is no tokenizer '" + name + "': "
                + (forgotScheme
                        ? "did you mean " + TiktokenEncoding.SCHEME + name + "?"
                        : "no such file " + json.toAbsolutePath() + "; " + A_TOKENIZER_IS);
    }

    private static byte[] read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_FILE_BYTES) {
                throw new InvalidInputException(
                        file + " has " + size + " bytes; a tokenizer file has at most " + MAX_FILE_BYTES);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InvalidInputException("cannot read " + file + ": " + e, e);
        }
    }
}
