package io.varlen.internal.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of a kernel's one parameter, a struct of the device code: fields by their offsets there. The rest is zero. */
final class Params {
    private final ByteBuffer bytes;

    private Params(int size) {
        this.bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** @param size {@code sizeof} of the struct */
    static Params of(int size) {
        return new Params(size);
    }

    /** A pointer or an {@code i64}. */
    Params put(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    Params put(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    Params put(int offset, float value) {
        bytes.putFloat(offset, value);
        return this;
    }

    ByteBuffer bytes() {
        return bytes;
    }
}
