package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.internal.Bf16;
import io.varlen.internal.Fp16;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementTest {
    @ParameterizedTest
    @EnumSource(
            value = Element.class,
            names = {"F16", "BF16"})
    void everyNumberKeepsItsBits(Element element) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float number = element.decode(bits);
            if (Float.isNaN(number)) {
                assertThat(element.decode(element.encode(number))).isNaN();
            } else {
                assertThat(element.encode(number)).as("bits %x", bits).isEqualTo(bits);
            }
        }
    }

    /** Between two neighbours, the nearer one; of two as near, the one with an even last bit. */
    @ParameterizedTest
    @EnumSource(
            value = Element.class,
            names = {"F16", "BF16"})
    void roundsToNearestTiesToEven(Element element) {
        Random dice = new Random(2);
        for (int low = 0; !Float.isInfinite(element.decode(low + 1)); low++) {
            double below = element.decode(low);
            double above = element.decode(low + 1);
            double middle = (below + above) / 2;
            int even = (low & 1) == 0 ? low : low + 1;
            assertThat(element.encode((float) middle)).as("%x", low).isEqualTo(even);
            assertThat(element.encode(Math.nextDown((float) middle)))
                    .as("%x", low)
                    .isEqualTo(low);
            assertThat(element.encode(-Math.nextUp((float) middle)) & 0x7fff).isEqualTo(low + 1);
            float any = (float) (below + (above - below) * dice.nextDouble());
            float nearest = element.decode(element.encode(any));
            assertThat(Math.abs(nearest - any)).isLessThanOrEqualTo((float) Math.min(any - below, above - any));
        }
    }

    @Test
    void tooLargeIsInfinite() {
        assertThat(Fp16.round(65519)).isEqualTo((short) 0x7bff);
        assertThat(Fp16.round(65520)).isEqualTo((short) 0x7c00);
        assertThat(Fp16.round(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
        assertThat(Bf16.round(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
        assertThat(Fp16.round(0x1p-25f)).isZero();
        assertThat(Fp16.round(Math.nextUp(0x1p-25f))).isEqualTo((short) 1);
    }
}
