package io.varlen;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 as bytes, or as 64 lower-case hexadecimal digits. */
public final class Sha256 {
    private static final int CHUNK_BYTES = 1 << 20;

    private Sha256() {}

    /** For what comes piece by piece. */
    public static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public static byte[] of(byte[] bytes) {
        return newDigest().digest(bytes);
    }

    public static String hexOf(byte[] bytes) {
        return HexFormat.of().formatHex(of(bytes));
    }

    /** Of its UTF-8. */
    public static String hexOf(String text) {
        return hexOf(text.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws IOException if the file cannot be read to its end */
    public static String hexOf(Path file) throws IOException {
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
        }
        return hexOf(digest);
    }

    /** Of what it has been given. */
    public static String hexOf(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
