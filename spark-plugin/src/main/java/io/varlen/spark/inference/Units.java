package io.varlen.spark.inference;

import io.varlen.packing.GroupHash;
import io.varlen.spark.dataset.DocumentKey;
import org.apache.spark.Partitioner;

/**
 * Deals documents to the units of an output by a hash of their ids. How many units there are follows from the corpus and
 * never from the cluster, so that a run can be continued on another one.
 */
public final class Units extends Partitioner {
    private static final long BYTES_PER_UNIT = 16L << 20;
    /** A small corpus has smaller units, so that many cores have something to do. */
    private static final long LEAST_BYTES_PER_UNIT = 64L << 10;

    /** No more than Spark's shuffle writes as they come; for more it would first collect a split's texts to sort them. */
    private static final long MANY_CORES = 200;

    private final int count;

    private Units(int count) {
        this.count = count;
    }

    /** So many units, which must follow from the input alone. */
    public static Units of(int count) {
        return new Units(count);
    }

    /** The units of a corpus of that much UTF-8 text. */
    public static Units ofBytes(long utf8Bytes) {
        long spread = Math.min(MANY_CORES, utf8Bytes / LEAST_BYTES_PER_UNIT);
        return new Units(Math.toIntExact(Math.max(1, Math.max(spread, utf8Bytes / BYTES_PER_UNIT))));
    }

    public int count() {
        return count;
    }

    /** The unit of a document. */
    public int of(String docId) {
        return GroupHash.groupOf(new GroupHash(0).of(docId), count);
    }

    @Override
    public int numPartitions() {
        return count;
    }

    @Override
    public int getPartition(Object documentKey) {
        return of(((DocumentKey) documentKey).docId());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Units that && count == that.count;
    }

    @Override
    public int hashCode() {
        return count;
    }
}
