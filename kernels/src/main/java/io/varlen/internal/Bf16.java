package io.varlen.internal;

/** bfloat16: the upper half of an fp32. */
public final class Bf16 {
    private Bf16() {}

    /** To nearest, ties to even; NaN stays NaN. */
    public static short round(float x) {
        int bits = Float.floatToRawIntBits(x);
        int rounded = (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
        return (short) (Float.isNaN(x) ? bits >>> 16 | 0x40 : rounded);
    }

    public static float widen(short x) {
        return Float.intBitsToFloat(x << 16);
    }
}
