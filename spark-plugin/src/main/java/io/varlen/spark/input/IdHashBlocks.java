package io.varlen.spark.input;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import scala.Tuple2;

/** Id hashes on their way to the bucket where equal ones meet, many to one shuffle record. */
final class IdHashBlocks {
    private static final int BLOCK_BYTES = 1 << 14;

    private final int buckets;
    private final ByteBuffer[] open;
    private final List<Tuple2<Integer, byte[]>> full = new ArrayList<>();

    IdHashBlocks(int buckets) {
        this.buckets = buckets;
        this.open = new ByteBuffer[buckets];
    }

    void add(IdHash hash) {
        int bucket = hash.bucket(buckets);
        if (open[bucket] == null) {
            open[bucket] = ByteBuffer.allocate(IdHash.BYTES * 16);
        } else if (!open[bucket].hasRemaining()) {
            makeRoom(bucket);
        }
        open[bucket].putLong(hash.high()).putLong(hash.low());
    }

    /** The blocks that are full, which it then forgets. */
    List<Tuple2<Integer, byte[]>> takeFull() {
        List<Tuple2<Integer, byte[]>> taken = List.copyOf(full);
        full.clear();
        return taken;
    }

    /** All blocks that are left. */
    List<Tuple2<Integer, byte[]>> takeAll() {
        for (int bucket = 0; bucket < buckets; bucket++) {
            if (open[bucket] != null) {
                emit(bucket);
            }
        }
        return takeFull();
    }

    /** The hashes that are in a bucket more than once, at most {@code limit} of them. */
    static Iterator<IdHash> repeated(Iterator<Tuple2<Integer, byte[]>> bucket, int limit) {
        Set<IdHash> seen = new HashSet<>();
        Set<IdHash> repeated = new HashSet<>();
        while (bucket.hasNext() && repeated.size() < limit) {
            ByteBuffer block = ByteBuffer.wrap(bucket.next()._2());
            while (block.hasRemaining() && repeated.size() < limit) {
                IdHash hash = new IdHash(block.getLong(), block.getLong());
                if (!seen.add(hash)) {
                    repeated.add(hash);
                }
            }
        }
        return repeated.iterator();
    }

    private void makeRoom(int bucket) {
        ByteBuffer block = open[bucket];
        if (block.capacity() < BLOCK_BYTES) {
            open[bucket] = ByteBuffer.allocate(block.capacity() * 2).put(block.flip());
        } else {
            emit(bucket);
            open[bucket] = block.clear();
        }
    }

    private void emit(int bucket) {
        ByteBuffer block = open[bucket];
        byte[] bytes = new byte[block.position()];
        block.flip().get(bytes);
        full.add(new Tuple2<>(bucket, bytes));
        open[bucket] = null;
    }
}
