package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LanesTest {
    @Test
    void exp2IsAccurateToALastPlaceOrTwo() {
        int count = 200_001;
        float[] y = new float[count];
        float[] max = new float[count];
        float[] scratch = new float[count];
        for (int i = 0; i < count; i++) {
            max[i] = 3.25f;
            y[i] = 3.25f - 124.9f * i / (count - 1);
        }
        float[] x = y.clone();
        Lanes.exp2(y, max, scratch, 0, count);
        for (int i = 0; i < count; i++) {
            double expected = Math.pow(2, x[i] - 3.25f);
            assertThat((double) y[i]).as("2^%s", x[i] - 3.25f).isCloseTo(expected, within(2e-7 * expected));
        }
        assertThat(y[0]).isEqualTo(1f);
    }

    @Test
    void exp2OfWhatIsFarBelowIsZero() {
        float[] y = {Float.NEGATIVE_INFINITY, -Float.MAX_VALUE, -1000f, -127f};
        Lanes.exp2(y, new float[4], new float[4], 0, 4);
        assertThat(y).containsOnly(0f);
        float[] between = {-126.9f, -126.5f, -126.1f, -126f, -125.9f};
        Lanes.exp2(between, new float[5], new float[5], 0, 5);
        for (float tiny : between) {
            assertThat(tiny).isBetween(0f, 0x1.2p-126f);
        }
    }

    @Test
    void onlyANonZeroWeightLetsWhatIsNotFiniteIn() {
        float[] y = {1, 1, 1};
        Lanes.axpyOfNonZero(y, Float.NaN, new float[] {0, -0f, 1}, 0, 3);
        assertThat(y).containsExactly(1, 1, Float.NaN);
    }

    @Test
    void exp2KeepsNaN() {
        float[] y = {Float.NaN, 1f};
        Lanes.exp2(y, new float[] {0f, Float.NaN}, new float[2], 0, 2);
        assertThat(y).containsOnly(Float.NaN);
    }

    @Test
    void loopsStayWithinTheirLanes() {
        float[] y = {1, 1, 1, 1, 1};
        float[][] x = {{2, 2, 2, 2, 2}, {3, 3, 3, 3, 3}, {5, 5, 5, 5, 5}, {7, 7, 7, 7, 7}, {11, 11, 11, 11, 11}};
        Lanes.axpy(y, new float[] {0, 1, 10, 100, 1000, 10000}, 1, x, 0, 5, 1, 3);
        assertThat(y).containsExactly(1, 117532 + 1, 117532 + 1, 1, 1);
    }
}
