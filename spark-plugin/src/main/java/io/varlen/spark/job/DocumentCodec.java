package io.varlen.spark.job;

import io.varlen.packing.TokenizedDocument;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tokenized documents as shuffle records: little-endian int32 source, int64 group hash, int32 length of the id and its UTF-8, int32 number of token ids, the ids, and the loss mask if there is one. */
final class DocumentCodec {
    private static final int HEADER_BYTES = 3 * Integer.BYTES + Long.BYTES;

    private DocumentCodec() {}

    static byte[] encode(TokenizedDocument document) {
        byte[] docId = document.docId().getBytes(StandardCharsets.UTF_8);
        int[] ids = document.ids();
        byte[] lossMask = document.lossMask() == null ? new byte[0] : document.lossMask();
        long bytes = HEADER_BYTES + docId.length + (long) Integer.BYTES * ids.length + lossMask.length;
        ByteBuffer record = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(document.source())
                .putLong(document.groupHash())
                .putInt(docId.length)
                .put(docId)
                .putInt(ids.length)
                .asIntBuffer()
                .put(ids);
        record.position(record.limit() - lossMask.length).put(lossMask);
        return record.array();
    }

    /** @param masked whether documents have a loss mask, one without tokens too */
    static TokenizedDocument decode(byte[] bytes, boolean masked) {
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int source = record.getInt();
        long groupHash = record.getLong();
        byte[] docId = new byte[record.getInt()];
        record.get(docId);
        int[] ids = new int[record.getInt()];
        record.asIntBuffer().get(ids);
        byte[] lossMask = masked ? Arrays.copyOfRange(bytes, bytes.length - ids.length, bytes.length) : null;
        return new TokenizedDocument(new String(docId, StandardCharsets.UTF_8), groupHash, source, ids, lossMask);
    }
}
