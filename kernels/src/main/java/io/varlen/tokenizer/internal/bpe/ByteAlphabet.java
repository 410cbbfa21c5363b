package io.varlen.tokenizer.internal.bpe;

import java.util.Arrays;

/** The 256 characters in which byte-level vocabularies write bytes: printable Latin-1 as itself, the rest from U+0100 on. */
public final class ByteAlphabet {
    private static final int[] CHARACTER_OF = new int[256];
    private static final int[] BYTE_OF = new int[512];

    static {
        Arrays.fill(BYTE_OF, -1);
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            CHARACTER_OF[b] = printable ? b : next++;
            BYTE_OF[CHARACTER_OF[b]] = b;
        }
    }

    private ByteAlphabet() {}

    /** The bytes that {@code token} writes; null if a character of it writes none. */
    public static byte[] bytesOf(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTE_OF.length || BYTE_OF[c] < 0) {
                return null;
            }
            bytes[i] = (byte) BYTE_OF[c];
        }
        return bytes;
    }

    /** The character that writes {@code b}, 0 to 255. */
    public static int characterOf(int b) {
        return CHARACTER_OF[b];
    }

    /** Writes {@code bytes}. */
    static String nameOf(byte[] bytes) {
        StringBuilder name = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            name.append((char) CHARACTER_OF[b & 0xFF]);
        }
        return name.toString();
    }
}
