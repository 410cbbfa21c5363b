package io.varlen.spark.job;

import io.varlen.packing.TokenizedDocument;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Tokenized documents as shuffle records: little-endian int32 source, int64 group hash, int32 length of the id and its UTF-8, then the token ids. */
final class DocumentCodec {
    private static final int HEADER_BYTES = 2 * Integer.BYTES + Long.BYTES;

    private DocumentCodec() {}

    static byte[] encode(TokenizedDocument document) {
        byte[] docId = document.docId().getBytes(StandardCharsets.UTF_8);
        long bytes = HEADER_BYTES + docId.length + (long) Integer.BYTES * document.ids().length;
        ByteBuffer record = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(document.source())
                .putLong(document.groupHash())
                .putInt(docId.length)
                .put(docId)
                .asIntBuffer()
                .put(document.ids());
        return record.array();
    }

    static TokenizedDocument decode(byte[] bytes) {
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int source = record.getInt();
        long groupHash = record.getLong();
        byte[] docId = new byte[record.getInt()];
        record.get(docId);
        int[] ids = new int[record.remaining() / Integer.BYTES];
        record.asIntBuffer().get(ids);
        return new TokenizedDocument(new String(docId, StandardCharsets.UTF_8), groupHash, source, ids);
    }
}
