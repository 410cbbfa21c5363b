package io.varlen.spark.input;

import java.util.Arrays;

/** The bytes of the record being read. What goes beyond {@value #LIMIT} bytes is counted, not kept. */
final class RecordBuffer {
    /** The largest record that is a document: its token ids, four bytes each, still fit a Java array. */
    static final int LIMIT = 1 << 28;

    private byte[] bytes = new byte[1 << 10];
    private long size;
    private long kept;

    void append(byte[] from, int start, int count) {
        long wanted = size + count;
        if (kept == size && wanted <= LIMIT) {
            if (wanted > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(LIMIT, Math.max(wanted, bytes.length * 2L)));
            }
            System.arraycopy(from, start, bytes, (int) size, count);
            kept = wanted;
        }
        size = wanted;
    }

    void append(RecordBuffer other) {
        if (other.holds(other.size)) {
            append(other.bytes, 0, (int) other.size);
        } else {
            size += other.size;
        }
    }

    long size() {
        return size;
    }

    /** Whether the first {@code count} bytes have all been kept. */
    boolean holds(long count) {
        return count <= kept;
    }

    /** The bytes themselves, from index 0. */
    byte[] array() {
        return bytes;
    }

    /** Forgets the first {@code count} bytes. */
    void discard(long count) {
        long left = Math.max(0, kept - count);
        System.arraycopy(bytes, (int) (kept - left), bytes, 0, (int) left);
        kept = left;
        size -= count;
    }

    void clear() {
        size = 0;
        kept = 0;
    }
}
