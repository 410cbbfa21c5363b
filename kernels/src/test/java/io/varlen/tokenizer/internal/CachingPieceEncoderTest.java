package io.varlen.tokenizer.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.tokenizer.TokenBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CachingPieceEncoderTest {
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private int encoded;

    /** One to seven ids that depend on every byte and on the length. */
    private final PieceEncoder uncached = new PieceEncoder() {
        @Override
        public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
            encoded++;
            int hash = to - from;
            for (int i = from; i < to; i++) {
                hash = 31 * hash + utf8[i];
            }
            for (int i = Math.floorMod(hash, 7); i >= 0; i--) {
                out.add(hash >>> i);
            }
        }

        @Override
        public void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
            encode(utf8, from, to, out);
            ends.add(to);
        }
    };

    /** Far more pieces than are remembered, of every length, anywhere in an array, some met often. */
    @Test
    void givesWhatTheEncoderGives() {
        CachingPieceEncoder cached = new CachingPieceEncoder(uncached);
        byte[] often = new byte[4000];
        random.nextBytes(often);
        for (int i = 0; i < 300_000; i++) {
            int length = 1 + (random.nextInt(4) == 0 ? random.nextInt(300) : random.nextInt(20));
            byte[] utf8 = often;
            int from = 8 * random.nextInt((often.length - length) / 8);
            if (random.nextInt(3) == 0) {
                utf8 = new byte[length + random.nextInt(20)];
                random.nextBytes(utf8);
                from = utf8.length - length;
            }
            TokenBuffer expected = new TokenBuffer();
            TokenBuffer actual = new TokenBuffer();
            uncached.encode(utf8, from, from + length, expected);
            cached.encode(utf8, from, from + length, actual);
            assertThat(actual.toArray()).as("seed %d", seed).isEqualTo(expected.toArray());
        }
    }

    /** A piece and the same one with NUL at its end are two, though both fill up with zeros. */
    @Test
    void tellsLengthsApart() {
        CachingPieceEncoder cached = new CachingPieceEncoder(uncached);
        byte[] zeros = new byte[64];
        for (int round = 0; round < 2; round++) {
            for (int length = 1; length < 40; length++) {
                TokenBuffer expected = new TokenBuffer();
                TokenBuffer actual = new TokenBuffer();
                uncached.encode(zeros, 0, length, expected);
                cached.encode(zeros, 0, length, actual);
                assertThat(actual.toArray()).isEqualTo(expected.toArray());
            }
        }
    }

    @Test
    void remembers() {
        CachingPieceEncoder cached = new CachingPieceEncoder(uncached);
        byte[] utf8 = new byte[256];
        random.nextBytes(utf8);
        for (int round = 0; round < 10; round++) {
            for (int length = 1; length <= 256; length++) {
                cached.encode(utf8, 0, length, new TokenBuffer());
            }
        }
        assertThat(encoded).isEqualTo(256);
    }
}
