package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.TokenBuffer;

/**
 * Remembers the ids of pieces met before. Its memory is bounded: some 2 MiB for pieces of at most 16 bytes and 3 ids, the
 * great majority in any language that puts spaces between words, and some 2 MiB for others.
 *
 * <p>Short pieces lie in buckets of two: a piece that is met again moves to the front, a new one replaces the one at the back.
 */
public final class CachingPieceEncoder implements PieceEncoder {
    private static final int MAX_KEY = 16;
    private static final int MAX_IDS = 3;
    private static final int BUCKET_BITS = 15;

    /** An entry is bytes 0-7, bytes 8-15, ids 0-1, and length | count << 8 | id 2 << 32; a free one has length 0. */
    private static final int ENTRY = 4;

    private static final int BUCKET = 2 * ENTRY;

    private final PieceEncoder encoder;
    private final long[] entries = new long[BUCKET << BUCKET_BITS];
    /** All other pieces. */
    private final LongPieceCache longPieces = new LongPieceCache();

    /** @param encoder encodes what is not remembered, always in the same way */
    public CachingPieceEncoder(PieceEncoder encoder) {
        this.encoder = encoder;
    }

    @Override
    public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
        int n = to - from;
        if (n > MAX_KEY) {
            encodeLong(utf8, from, to, out);
            return;
        }
        long key0;
        long key1;
        if (from + MAX_KEY <= utf8.length) {
            long mask = -1L >>> (-n << 3);
            long first = Words.load(utf8, from);
            key0 = n < 8 ? first & mask : first;
            key1 = n > 8 ? Words.load(utf8, from + 8) & mask : 0;
        } else {
            key0 = Words.loadTail(utf8, from, Math.min(n, 8));
            key1 = Words.loadTail(utf8, Math.min(from + 8, to), Math.max(n - 8, 0));
        }
        long[] table = entries;
        int at = (int) (Words.mix(key0, key1 + n) >>> 64 - BUCKET_BITS) * BUCKET;
        if (table[at] == key0 && table[at + 1] == key1 && (table[at + 3] & 0xFF) == n) {
            append(table[at + 2], table[at + 3], out);
            return;
        }
        int back = at + ENTRY;
        if (table[back] == key0 && table[back + 1] == key1 && (table[back + 3] & 0xFF) == n) {
            append(table[back + 2], table[back + 3], out);
            swap(at);
            return;
        }
        if (!longPieces.append(utf8, from, to, out)) {
            int start = out.size();
            encoder.encode(utf8, from, to, out);
            int count = out.size() - start;
            if (count > MAX_IDS) {
                longPieces.put(utf8, from, to, out, start);
            } else {
                table[back] = key0;
                table[back + 1] = key1;
                table[back + 2] = id(out, start, count, 0) | id(out, start, count, 1) << 32;
                table[back + 3] = n | count << 8 | id(out, start, count, 2) << 32;
            }
        }
    }

    private static long id(TokenBuffer out, int start, int count, int i) {
        return i < count ? out.get(start + i) : 0;
    }

    private static void append(long ids01, long meta, TokenBuffer out) {
        out.add((int) ids01, (int) (ids01 >>> 32), (int) (meta >>> 32), (int) (meta >>> 8) & 0xFF);
    }

    private void swap(int at) {
        for (int i = at; i < at + ENTRY; i++) {
            long front = entries[i];
            entries[i] = entries[i + ENTRY];
            entries[i + ENTRY] = front;
        }
    }

    private void encodeLong(byte[] utf8, int from, int to, TokenBuffer out) {
        if (to - from > LongPieceCache.MAX_KEY) {
            encoder.encode(utf8, from, to, out);
        } else if (!longPieces.append(utf8, from, to, out)) {
            int start = out.size();
            encoder.encode(utf8, from, to, out);
            longPieces.put(utf8, from, to, out, start);
        }
    }

    @Override
    public void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
        encoder.encodeWithEnds(utf8, from, to, out, ends);
    }
}
