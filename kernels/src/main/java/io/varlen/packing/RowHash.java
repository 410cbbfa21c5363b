package io.varlen.packing;

import io.varlen.Sha256;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/**
 * The identity of a row's contents: SHA-256 over little-endian int32 {@code n_tokens}, the real ids as int32, per segment
 * (int32 length and UTF-8 of {@code doc_id}, int32 {@code chunk}, int64 {@code token_start}, int32 {@code token_count}),
 * then {@code loss_mask} if present. Neither the row's id, its padding nor the number of its source counts.
 *
 * <p>Reused from row to row; not safe for concurrent use.
 */
public final class RowHash {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final MessageDigest sha256 = Sha256.newDigest();
    private final byte[] buffer = new byte[1 << 13];
    private int filled;

    /** The 32 bytes of {@code row}'s hash. */
    public byte[] of(PackedRow row) {
        return of(row.inputIds(), row.nTokens(), row.segments(), row.lossMask());
    }

    /** The hash of a row's columns; {@code lossMask} may be null. */
    byte[] of(int[] inputIds, int nTokens, List<Segment> segments, byte[] lossMask) {
        sha256.reset();
        filled = 0;
        putInt(nTokens);
        for (int i = 0; i < nTokens; i++) {
            putInt(inputIds[i]);
        }
        for (Segment segment : segments) {
            byte[] docId = segment.docId().getBytes(StandardCharsets.UTF_8);
            putInt(docId.length);
            putBytes(docId);
            putInt(segment.chunk());
            putLong(segment.tokenStart());
            putInt(segment.tokenCount());
        }
        if (lossMask != null) {
            putBytes(lossMask);
        }
        flush();
        return sha256.digest();
    }

    /** The value of the {@code checksum} column: the hash's first 8 bytes, big-endian. */
    public static long checksum(byte[] hash) {
        return ByteBuffer.wrap(hash).getLong();
    }

    private void putInt(int value) {
        reserve(Integer.BYTES);
        INT.set(buffer, filled, value);
        filled += Integer.BYTES;
    }

    private void putLong(long value) {
        reserve(Long.BYTES);
        LONG.set(buffer, filled, value);
        filled += Long.BYTES;
    }

    private void putBytes(byte[] bytes) {
        flush();
        sha256.update(bytes);
    }

    private void reserve(int bytes) {
        if (filled + bytes > buffer.length) {
            flush();
        }
    }

    private void flush() {
        sha256.update(buffer, 0, filled);
        filled = 0;
    }
}
