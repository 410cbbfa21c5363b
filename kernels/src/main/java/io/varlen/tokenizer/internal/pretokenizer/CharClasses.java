package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.unicode.Utf8;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The character classes of splitting expressions, as the engines of Hugging Face's tokenizers and of tiktoken have them
 * (both Unicode 16), whatever the running Java's are. A class is a bit; code points map to the set of their classes.
 */
final class CharClasses {
    /** {@code \p{L}}. */
    static final int LETTER = 1;
    /** {@code \p{N}}. */
    static final int NUMBER = 2;
    /** {@code \s}. */
    static final int SPACE = 4;
    /** {@code \p{M}}. */
    static final int MARK = 8;
    /** {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]}. */
    static final int UPPER = 16;
    /** {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]}. */
    static final int LOWER = 32;
    /** {@code [\r\n]}. */
    static final int NEWLINE = 64;
    /** {@code [\p{P}\p{S}]}. */
    static final int PUNCTUATION = 128;

    private static final int PAGE_BITS = 7;
    private static final int PAGE = 1 << PAGE_BITS;
    private static final short[] PAGE_OF = new short[(Character.MAX_CODE_POINT + 1) >> PAGE_BITS];
    private static final byte[] CLASSES = read();

    /** The classes of each byte as a character; of the bytes that are no character of their own, none. */
    private static final byte[] OF_BYTE = Arrays.copyOf(Arrays.copyOf(CLASSES, PAGE), 256);

    private CharClasses() {}

    /** The classes of {@code codePoint}. */
    static int of(int codePoint) {
        return CLASSES[(PAGE_OF[codePoint >> PAGE_BITS] << PAGE_BITS) + (codePoint & PAGE - 1)] & 0xFF;
    }

    /** The classes of the character that begins at {@code position}. */
    static int at(byte[] utf8, int position) {
        byte b = utf8[position];
        return b >= 0 ? OF_BYTE[b] & 0xFF : of(Utf8.codePointAt(utf8, position));
    }

    /** The end of the run of characters from {@code position} on that have one of {@code classes}. */
    static int runOf(int classes, byte[] utf8, int position, int to) {
        int p = position;
        while (p < to) {
            byte b = utf8[p];
            if ((OF_BYTE[b & 0xFF] & classes) != 0) {
                p++;
            } else if (b >= 0 || (of(Utf8.codePointAt(utf8, p)) & classes) == 0) {
                break;
            } else {
                p += Utf8.lengthAt(utf8, p);
            }
        }
        return p;
    }

    /** As {@link #runOf}, faster for {@code classes} that have all ASCII letters and nothing else of ASCII. */
    static int runOfWord(int classes, byte[] utf8, int position, int to) {
        int p = AsciiRuns.letters(utf8, position, to);
        return p < to && utf8[p] < 0 ? runOf(classes, utf8, p, to) : p;
    }

    /** As {@link #runOf}, faster for {@code classes} that have all small ASCII letters and nothing else of ASCII. */
    static int runOfLower(int classes, byte[] utf8, int position, int to) {
        int p = AsciiRuns.smallLetters(utf8, position, to);
        return p < to && utf8[p] < 0 ? runOf(classes, utf8, p, to) : p;
    }

    /** The end of the run of characters from {@code position} on that have none of {@code classes}. */
    static int runOfOthers(int classes, byte[] utf8, int position, int to) {
        int p = position;
        while (p < to && (at(utf8, p) & classes) == 0) {
            p += Utf8.lengthAt(utf8, p);
        }
        return p;
    }

    private static byte[] read() {
        byte[] all = new byte[Character.MAX_CODE_POINT + 1];
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                CharClasses.class.getResourceAsStream("categories.txt"), StandardCharsets.US_ASCII))) {
            int start = 0;
            String category = "Cs";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    int space = line.indexOf(' ');
                    int next = Integer.parseInt(line.substring(0, space), 16);
                    Arrays.fill(all, start, next, classesOf(category));
                    start = next;
                    category = line.substring(space + 1);
                }
            }
            Arrays.fill(all, start, all.length, classesOf(category));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // \s has five control characters, and [\r\n] cuts across categories
        for (int c : new int[] {'\t', '\n', 0x0B, 0x0C, '\r', 0x85}) {
            all[c] |= SPACE;
        }
        all['\r'] |= NEWLINE;
        all['\n'] |= NEWLINE;
        return paged(all);
    }

    private static byte classesOf(String category) {
        return (byte)
                switch (category) {
                    case "Lu", "Lt" -> LETTER | UPPER;
                    case "Ll" -> LETTER | LOWER;
                    case "Lm", "Lo" -> LETTER | UPPER | LOWER;
                    case "Mn", "Mc", "Me" -> MARK | UPPER | LOWER;
                    case "Nd", "Nl", "No" -> NUMBER;
                    case "Zs", "Zl", "Zp" -> SPACE;
                    case "Cc", "Cf", "Co", "Cn", "Cs" -> 0;
                    default -> PUNCTUATION;
                };
    }

    /** Fills {@link #PAGE_OF} and returns the distinct pages, that of ASCII first. */
    private static byte[] paged(byte[] all) {
        byte[] pages = new byte[all.length];
        int count = 0;
        for (int i = 0; i < PAGE_OF.length; i++) {
            System.arraycopy(all, i * PAGE, pages, count * PAGE, PAGE);
            int known = 0;
            while (!Arrays.equals(pages, known * PAGE, known * PAGE + PAGE, pages, count * PAGE, count * PAGE + PAGE)) {
                known++;
            }
            PAGE_OF[i] = (short) known;
            count = Math.max(count, known + 1);
        }
        return Arrays.copyOf(pages, count * PAGE);
    }
}
