package io.varlen.packing;

import io.varlen.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * The number that decides a document's group and its place among equals: the first 8 bytes, big-endian, of SHA-256(int64
 * seed little-endian ‖ UTF-8 document id), compared as unsigned. Not safe for concurrent use.
 */
public final class GroupHash {
    private static final long DOCUMENTS_PER_GROUP = 100_000;
    private static final long BYTES_PER_GROUP = 128L << 20;

    private final byte[] seed;
    private final MessageDigest sha256 = Sha256.newDigest();

    public GroupHash(long seed) {
        this.seed = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(seed)
                .array();
    }

    /**
     * The seed of a dataset's n-th re-pack: the seed itself for epoch 0, else the first 8 bytes, big-endian, of SHA-256(int64
     * seed ‖ int64 epoch, both little-endian).
     */
    public static long seedOf(long seed, int epoch) {
        byte[] message = ByteBuffer.allocate(2 * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(seed)
                .putLong(epoch)
                .array();
        return epoch == 0 ? seed : ByteBuffer.wrap(Sha256.of(message)).getLong();
    }

    public long of(String docId) {
        byte[] id = docId.getBytes(StandardCharsets.UTF_8);
        sha256.update(seed);
        return ByteBuffer.wrap(sha256.digest(id)).getLong();
    }

    /** The group of a document, in {@code [0, groups)}. */
    public static int groupOf(long groupHash, int groups) {
        return (int) Long.remainderUnsigned(groupHash, groups);
    }

    /**
     * How many groups a corpus has: as few as hold at most 100,000 documents and 128 MiB of UTF-8 text each, on average;
     * at least 1. It follows from the corpus, never from the cluster.
     */
    public static int groupCount(long documents, long utf8Bytes) {
        long byDocuments = (documents + DOCUMENTS_PER_GROUP - 1) / DOCUMENTS_PER_GROUP;
        long byBytes = (utf8Bytes + BYTES_PER_GROUP - 1) / BYTES_PER_GROUP;
        return Math.toIntExact(Math.max(1, Math.max(byDocuments, byBytes)));
    }
}
