package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.Sha256;
import java.io.IOException;
import java.nio.file.Path;

/** The SHA-256 of a model: that of the lines {@code <SHA-256 of a part> <name of the part>}. */
final class ModelDigest {
    private final StringBuilder lines = new StringBuilder();

    void add(String name, byte[] part) {
        line(name, Sha256.hexOf(part));
    }

    void add(String name, String part) {
        line(name, Sha256.hexOf(part));
    }

    /** @throws InvalidInputException if the file cannot be read */
    void add(String name, Path file) {
        try {
            line(name, Sha256.hexOf(file));
        } catch (IOException e) {
            throw new InvalidInputException("cannot read " + file + ": " + e, e);
        }
    }

    private void line(String name, String sha256) {
        lines.append(sha256).append(' ').append(name).append('\n');
    }

    String toHex() {
        return Sha256.hexOf(lines.toString());
    }
}
