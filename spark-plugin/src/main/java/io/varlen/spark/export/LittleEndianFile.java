package io.varlen.spark.export;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A binary file, all of whose numbers are little-endian. */
final class LittleEndianFile implements Closeable {
    private final OutputStream out;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private long flushed;

    LittleEndianFile(OutputStream out) {
        this.out = out;
    }

    /** The bytes written so far. */
    long size() {
        return flushed + buffer.position();
    }

    void putByte(int value) throws IOException {
        room(Byte.BYTES).put((byte) value);
    }

    void putShort(int value) throws IOException {
        room(Short.BYTES).putShort((short) value);
    }

    void putInt(int value) throws IOException {
        room(Integer.BYTES).putInt(value);
    }

    void putLong(long value) throws IOException {
        room(Long.BYTES).putLong(value);
    }

    void putBytes(byte[] values, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            putByte(values[i]);
        }
    }

    void putBytes(byte[] values) throws IOException {
        putBytes(values, 0, values.length);
    }

    void putInts(int[] values, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            putInt(values[i]);
        }
    }

    @Override
    public void close() throws IOException {
        try (out) {
            flush();
        }
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        return buffer;
    }

    private void flush() throws IOException {
        out.write(buffer.array(), 0, buffer.position());
        flushed += buffer.position();
        buffer.clear();
    }
}
