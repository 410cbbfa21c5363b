package io.varlen.internal.cpu;

/**
 * Element-by-element loops over the lanes {@code [from, to)} of some rows.
 *
 * <p>Written so that C2's auto-vectoriser takes them: one index for all arrays (it cannot tell overlapping ranges of one
 * array apart) and a small body (it unrolls no large one). A lane's bits never depend on the other lanes, so results are
 * the same whether a loop runs vectorised or not.
 */
final class Lanes {
    /** Adding and subtracting this rounds a float of magnitude below 2^22 to the nearest integer. */
    private static final float ROUNDER = 0x1.8p23f;

    /** 2 to this is 0 when its exponent goes into a float's bits; what is smaller counts as this. */
    private static final float MIN_EXPONENT = -127f;

    private Lanes() {}

    static void fill(float[] y, float value, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = value;
        }
    }

    /** {@code y *= x}. */
    static void multiply(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] *= x[i];
        }
    }

    /** {@code y += x}. */
    static void add(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] += x[i];
        }
    }

    /** {@code y = max(y, x)}; NaN wins. */
    static void max(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = Math.max(y[i], x[i]);
        }
    }

    /** {@code y += a · x}. */
    static void axpy(float[] y, float a, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = Math.fma(a, x[i], y[i]);
        }
    }

    /** {@code y += a · x} where {@code x} is not 0, whatever {@code a} is. */
    static void axpyOfNonZero(float[] y, float a, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            if (x[i] != 0) {
                y[i] = Math.fma(a, x[i], y[i]);
            }
        }
    }

    /** {@code y += a[at] · x[row] + … + a[at + count - 1] · x[row + count - 1]}, added one after the other. */
    static void axpy(float[] y, float[] a, int at, float[][] x, int row, int count, int from, int to) {
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            axpy4(y, a, at + i, x[row + i], x[row + i + 1], x[row + i + 2], x[row + i + 3], from, to);
        }
        for (; i < count; i++) {
            axpy(y, a[at + i], x[row + i], from, to);
        }
    }

    private static void axpy4(
            float[] y, float[] a, int at, float[] x0, float[] x1, float[] x2, float[] x3, int from, int to) {
        float a0 = a[at];
        float a1 = a[at + 1];
        float a2 = a[at + 2];
        float a3 = a[at + 3];
        for (int i = from; i < to; i++) {
            y[i] = Math.fma(a3, x3[i], Math.fma(a2, x2[i], Math.fma(a1, x1[i], Math.fma(a0, x0[i], y[i]))));
        }
    }

    /**
     * {@code y = 2^(y - max)} for {@code y <= max}, to a relative error of 1e-7; 2^-127 and less is exactly 0, and what
     * is between it and 2^-126 only less than that.
     *
     * <p>{@code 2^x = 2^n · 2^r} with {@code n} the nearest integer: {@code 2^r} is a polynomial (weighted least squares
     * on [-1/2, 1/2]), {@code 2^n} goes into the exponent's bits.
     *
     * @param n scratch
     */
    static void exp2(float[] y, float[] max, float[] n, int from, int to) {
        for (int i = from; i < to; i++) {
            float x = Math.max(y[i] - max[i], MIN_EXPONENT);
            float nearest = (x + ROUNDER) - ROUNDER;
            n[i] = nearest;
            y[i] = x - nearest;
        }
        for (int i = from; i < to; i++) {
            float r = y[i];
            float p = Math.fma(1.5353361e-4f, r, 1.3398874e-3f);
            p = Math.fma(p, r, 9.618437e-3f);
            p = Math.fma(p, r, 5.5503324e-2f);
            p = Math.fma(p, r, 2.4022648e-1f);
            p = Math.fma(p, r, 6.931472e-1f);
            y[i] = Math.fma(p, r, 1f);
        }
        for (int i = from; i < to; i++) {
            y[i] = Float.intBitsToFloat(Float.floatToRawIntBits(y[i]) + ((int) n[i] << 23));
        }
    }
}
