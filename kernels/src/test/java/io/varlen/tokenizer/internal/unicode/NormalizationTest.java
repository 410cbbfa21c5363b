package io.varlen.tokenizer.internal.unicode;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NormalizationTest {
    /** Blocks in which no Unicode version after 9 assigned anything that normalizes. */
    private static final int[][] SETTLED = {
        {0x20, 0x377},
        {0x37A, 0x52F},
        {0x591, 0x5C7},
        {0x610, 0x6FF},
        {0x900, 0x97F},
        {0xF40, 0xFBC},
        {0x1100, 0x11FF},
        {0x1E00, 0x1FFE},
        {0x2100, 0x218B},
        {0x3041, 0x30FF},
        {0xAC00, 0xD7A3},
        {0xF900, 0xFA6D},
        {0xFB00, 0xFBC1},
        {0xFF01, 0xFFBE},
        {0x1D15E, 0x1D1BB},
        {0x1D400, 0x1D454},
        {0x2F800, 0x2FA1D}
    };

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    @ParameterizedTest
    @EnumSource
    void formsAreThoseOfJavaWhereVersionsAgree(Normalization form) {
        for (int i = 0; i < 20_000; i++) {
            int[] text = random.ints(1 + random.nextInt(12), 0, SETTLED.length)
                    .map(block -> SETTLED[block][0] + random.nextInt(SETTLED[block][1] - SETTLED[block][0] + 1))
                    .toArray();
            String given = new String(text, 0, text.length);
            assertThat(normalize(form, text))
                    .as("%s of %s, seed %d", form, escaped(given), seed)
                    .isEqualTo(Normalizer.normalize(given, Normalizer.Form.valueOf(form.name())));
        }
    }

    @ParameterizedTest
    @EnumSource
    void piecesNormalizeApart(Normalization form) {
        for (int i = 0; i < 20_000; i++) {
            int[] text = random.ints(2 + random.nextInt(12), 0, 0x20000).toArray();
            StringBuilder apart = new StringBuilder();
            int start = 0;
            for (int at = 1; at <= text.length; at++) {
                if (at == text.length || form.startsPiece(text[at])) {
                    int[] piece = java.util.Arrays.copyOfRange(text, start, at);
                    boolean inert = piece.length == 1 && form.isInert(piece[0]);
                    apart.append(inert ? Character.toString(piece[0]) : normalize(form, piece));
                    start = at;
                }
            }
            assertThat(apart).as("seed %d", seed).hasToString(normalize(form, text));
        }
    }

    /** Marks that Unicode added after the library's tables are no marks to it, whatever the running Java thinks. */
    @Test
    void laterMarksAreNoMarks() {
        int[] text = {'a', 0x301, 0x1DF9, 'b'}; // U+1DF9, of class 202, came with Unicode 10
        assertThat(normalize(Normalization.NFD, text)).isEqualTo(new String(text, 0, text.length));
        assertThat(normalize(Normalization.NFKC, new int[] {0x32FF})).isEqualTo("\u32FF"); // of Unicode 12.1
    }

    @Test
    void manyMarksTakeLinearTime() {
        CodePointBuffer text = new CodePointBuffer();
        for (int i = 0; i < 4_000_000; i++) {
            text.add(i % 2 == 0 ? 0x301 : 0x316);
        }
        CodePointBuffer normal = new CodePointBuffer();
        Normalization.NFC.normalize(text, normal);
        assertThat(normal.size()).isEqualTo(4_000_000);
        assertThat(normal.get(0)).isEqualTo(0x316);
        assertThat(normal.get(3_999_999)).isEqualTo(0x301);
    }

    private static String normalize(Normalization form, int[] text) {
        CodePointBuffer buffer = new CodePointBuffer();
        for (int c : text) {
            buffer.add(c);
        }
        CodePointBuffer normal = new CodePointBuffer();
        form.normalize(buffer, normal);
        int[] codePoints = normal.toArray();
        return new String(codePoints, 0, codePoints.length);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> escaped.append(String.format("U+%04X ", c)));
        return escaped.toString();
    }
}
