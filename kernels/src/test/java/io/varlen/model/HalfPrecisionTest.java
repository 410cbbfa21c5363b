package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
    /** From the definition: sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
    @Test
    void everyFp16NumberIsItsDefinition() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = bits >> 10 & 31;
            double fraction = (bits & 1023) / 1024.0;
            double magnitude = exponent == 0
                    ? fraction * Math.pow(2, -14)
                    : exponent < 31
                            ? (1 + fraction) * Math.pow(2, exponent - 15)
                            : fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            float expected = (float) (bits < 1 << 15 ? magnitude : -magnitude);
            float actual = HalfPrecision.fp16((short) bits);
            assertThat(Float.compare(actual, expected)).as("bits %x", bits).isZero();
        }
    }

    @Test
    void bf16IsTheUpperHalfOfAFloat() {
        assertThat(HalfPrecision.bf16((short) 0x3f80)).isEqualTo(1f);
        assertThat(HalfPrecision.bf16((short) 0xc040)).isEqualTo(-3f);
        assertThat(HalfPrecision.bf16((short) 0x7f80)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(HalfPrecision.bf16((short) 0x7fc0)).isNaN();
    }
}
