package io.varlen.tokenizer.internal.unicode;

/** Reading and writing code points in valid UTF-8. */
public final class Utf8 {
    private Utf8() {}

    /** The number of bytes of the code point that starts at {@code at}. */
    public static int lengthAt(byte[] utf8, int at) {
        int lead = utf8[at];
        return lead >= 0 ? 1 : lead < (byte) 0xE0 ? 2 : lead < (byte) 0xF0 ? 3 : 4;
    }

    /** The code point that starts at {@code at}. */
    public static int codePointAt(byte[] utf8, int at) {
        int lead = utf8[at];
        if (lead >= 0) {
            return lead;
        }
        if (lead < (byte) 0xE0) {
            return (lead & 0x1F) << 6 | utf8[at + 1] & 0x3F;
        }
        if (lead < (byte) 0xF0) {
            return (lead & 0xF) << 12 | (utf8[at + 1] & 0x3F) << 6 | utf8[at + 2] & 0x3F;
        }
        return (lead & 7) << 18 | (utf8[at + 1] & 0x3F) << 12 | (utf8[at + 2] & 0x3F) << 6 | utf8[at + 3] & 0x3F;
    }

    /** The number of bytes that {@code codePoint} takes. */
    public static int length(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }

    /** Writes {@code codePoint} at {@code at}; returns the index behind it. */
    public static int put(int codePoint, byte[] utf8, int at) {
        if (codePoint < 0x80) {
            utf8[at] = (byte) codePoint;
            return at + 1;
        }
        if (codePoint < 0x800) {
            utf8[at] = (byte) (0xC0 | codePoint >> 6);
            utf8[at + 1] = (byte) (0x80 | codePoint & 0x3F);
            return at + 2;
        }
        if (codePoint < 0x10000) {
            utf8[at] = (byte) (0xE0 | codePoint >> 12);
            utf8[at + 1] = (byte) (0x80 | codePoint >> 6 & 0x3F);
            utf8[at + 2] = (byte) (0x80 | codePoint & 0x3F);
            return at + 3;
        }
        utf8[at] = (byte) (0xF0 | codePoint >> 18);
        utf8[at + 1] = (byte) (0x80 | codePoint >> 12 & 0x3F);
        utf8[at + 2] = (byte) (0x80 | codePoint >> 6 & 0x3F);
        utf8[at + 3] = (byte) (0x80 | codePoint & 0x3F);
        return at + 4;
    }

    /** Where the code point that ends before {@code end} starts; there is one. */
    public static int startBefore(byte[] utf8, int end) {
        return characterStart(utf8, end - 1, 0);
    }

    /** Where the code point that holds the byte at {@code at} starts, at least {@code from}. */
    public static int characterStart(byte[] utf8, int at, int from) {
        int start = at;
        while (start > from && isContinuation(utf8[start])) {
            start--;
        }
        return start;
    }

    /** Where the code point that holds the byte at {@code at} ends, at most {@code to}. */
    public static int characterEnd(byte[] utf8, int at, int to) {
        int end = at + 1;
        while (end < to && isContinuation(utf8[end])) {
            end++;
        }
        return end;
    }

    public static boolean isContinuation(byte b) {
        return b < (byte) 0xC0;
    }
}
