package io.varlen.model;

/** 16-bit floating-point numbers as fp32, exactly. */
final class HalfPrecision {
    private HalfPrecision() {}

    /** bfloat16: the upper half of an fp32. */
    static float bf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** IEEE 754 binary16. */
    static float fp16(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int wideExponent = exponent == 0x1f ? 0xff : exponent + (127 - 15);
        return Float.intBitsToFloat(sign | wideExponent << 23 | fraction << 13);
    }
}
