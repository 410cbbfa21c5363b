package io.varlen.tokenizer.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Short byte sequences as keys: eight bytes at a time. */
public final class Words {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private Words() {}

    /** The eight bytes from {@code position} on, the first one lowest. */
    public static long load(byte[] bytes, int position) {
        return (long) LONGS.get(bytes, position);
    }

    /** The {@code n} bytes from {@code position} on, 0 to 8, the first one lowest; nothing behind them is read. */
    static long loadTail(byte[] bytes, int position, int n) {
        if (n == 8) {
            return load(bytes, position);
        }
        long value = 0;
        for (int i = 0; i < n; i++) {
            value |= (bytes[position + i] & 0xFFL) << (8 * i);
        }
        return value;
    }

    /** Spreads both into the high bits. */
    static long mix(long first, long second) {
        long h = (first ^ second * MULTIPLIER) * MULTIPLIER;
        return (h ^ h >>> 32) * MULTIPLIER;
    }

    /** A hash of {@code bytes[from, to)} whose high bits are the good ones. */
    public static long hash(byte[] bytes, int from, int to) {
        long h = to - from;
        int position = from;
        for (; to - position >= 8; position += 8) {
            h = mix(h, load(bytes, position));
        }
        return mix(h, loadTail(bytes, position, to - position));
    }
}
