package io.varlen.internal.cuda;

import io.varlen.attention.Dtype;
import io.varlen.internal.Bf16;
import io.varlen.internal.Fp16;

/** In what numbers a tensor is stored; arithmetic is in fp32, always. */
enum Element {
    F32(4),
    F16(2),
    BF16(2);

    private final int bytes;

    Element(int bytes) {
        this.bytes = bytes;
    }

    /** Of one number. */
    int bytes() {
        return bytes;
    }

    /** As in the names of kernels: {@code f32}, {@code f16}, {@code bf16}. */
    String suffix() {
        return switch (this) {
            case F32 -> "f32";
            case F16 -> "f16";
            case BF16 -> "bf16";
        };
    }

    /** What activations are stored in; never asked for {@link Dtype#AUTO}. */
    static Element of(Dtype dtype) {
        return switch (dtype) {
            case FP32 -> F32;
            case FP16 -> F16;
            case BF16 -> BF16;
            case AUTO -> throw new IllegalArgumentException("auto is no element type");
        };
    }

    /** The bits of a number, rounded to nearest with ties to even; in the lower bytes. */
    int encode(float x) {
        return switch (this) {
            case F32 -> Float.floatToRawIntBits(x);
            case F16 -> Fp16.round(x) & 0xffff;
            case BF16 -> Bf16.round(x) & 0xffff;
        };
    }

    /** The number that has these bits. */
    float decode(int bits) {
        return switch (this) {
            case F32 -> Float.intBitsToFloat(bits);
            case F16 -> Fp16.widen((short) bits);
            case BF16 -> Bf16.widen((short) bits);
        };
    }
}
