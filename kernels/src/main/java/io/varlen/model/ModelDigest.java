package io.varlen.model;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 of a model: that of the lines {@code <SHA-256 of a part> <name of the part>}. */
final class ModelDigest {
    private static final int CHUNK_BYTES = 1 << 20;

    private final StringBuilder lines = new StringBuilder();

    void add(String name, byte[] part) {
        lines.append(sha256(part)).append(' ').append(name).append('\n');
    }

    void add(String name, String part) {
        add(name, part.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws InvalidInputException if the file cannot be read */
    void add(String name, Path file) {
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
        } catch (IOException e) {
            throw new InvalidInputException("cannot read " + file + ": " + e, e);
        }
        lines.append(hex(digest)).append(' ').append(name).append('\n');
    }

    String toHex() {
        return sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Lower-case hex. */
    static String sha256(byte[] bytes) {
        MessageDigest digest = newDigest();
        digest.update(bytes);
        return hex(digest);
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
