package io.varlen.internal;

/** IEEE 754 binary16; rounding is to nearest, ties to even, and NaN stays NaN. */
public final class Fp16 {
    private Fp16() {}

    /** What is too large becomes infinite. */
    public static short round(float x) {
        int bits = Float.floatToRawIntBits(x);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 0x477ff000) { // 65520 and above rounds to infinity
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x38800000) { // below 2^-14: in units of 2^-24, which adding 2^-1 with its 24 bits rounds to
            float rounded = Float.intBitsToFloat(magnitude) + 0.5f;
            return (short) (sign | Float.floatToRawIntBits(rounded) - 0x3f000000);
        }
        int rounded = magnitude - 0x38000000 + 0xfff + (magnitude >>> 13 & 1);
        return (short) (sign | rounded >>> 13);
    }

    /** The number that has these bits, exactly. */
    public static float widen(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
        }
        int wide = exponent == 0x1f ? 0xff : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
