package io.varlen.spark.input;

import io.varlen.Sha256;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The first 128 bits of the SHA-256 of a document id. */
record IdHash(long high, long low) implements Serializable {
    static final int BYTES = 2 * Long.BYTES;

    static IdHash of(String docId) {
        ByteBuffer hash = ByteBuffer.wrap(Sha256.of(docId.getBytes(StandardCharsets.UTF_8)));
        return new IdHash(hash.getLong(), hash.getLong());
    }

    /** Which of {@code buckets} the hash belongs to. */
    int bucket(int buckets) {
        return (int) Long.remainderUnsigned(high, buckets);
    }
}
