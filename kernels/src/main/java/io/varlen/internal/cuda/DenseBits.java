package io.varlen.internal.cuda;

import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.mask.MaskPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A dense mask on the device, a bit per pair: the words that cover each query's interval, one query behind the other. Bit
 * {@code j % 64} of word {@code rows[t] + j / 64} stands for the {@code j}-th key of the sequence; so {@code rows[t]} points to where
 * the word of key 0 would be, which there need not be.
 *
 * @param words address of {@code u64[]}
 * @param rows address of {@code i64[T]}
 */
record DenseBits(long words, long rows) {
    /** Nothing, for a mask that is not dense. */
    static final DenseBits NONE = new DenseBits(0, 0);

    static DenseBits of(DevicePlan plan) {
        if (!plan.plan().isDense()) {
            return NONE;
        }
        return new DenseBits(
                plan.array("dense words", () -> words(plan.plan())).address(),
                plan.array("dense rows", () -> rows(plan.plan())).address());
    }

    private static ByteBuffer words(MaskPlan plan) {
        ByteBuffer bytes = allocate(count(plan));
        for (int i = 0; i < plan.queries().count(); i++) {
            int key = plan.keys().start(i);
            for (int t = plan.queries().start(i); t < plan.queries().end(i); t++) {
                for (int word = firstWord(plan, t, key); word < endWord(plan, t, key); word++) {
                    bytes.putLong(plan.visibleBits(t, key + word * Long.SIZE));
                }
            }
        }
        return bytes.flip();
    }

    private static ByteBuffer rows(MaskPlan plan) {
        ByteBuffer bytes = allocate(plan.queries().total());
        long at = 0;
        for (int i = 0; i < plan.queries().count(); i++) {
            int key = plan.keys().start(i);
            for (int t = plan.queries().start(i); t < plan.queries().end(i); t++) {
                bytes.putLong(at - firstWord(plan, t, key));
                at += endWord(plan, t, key) - firstWord(plan, t, key);
            }
        }
        return bytes.flip();
    }

    private static long count(MaskPlan plan) {
        long words = 0;
        for (int i = 0; i < plan.queries().count(); i++) {
            int key = plan.keys().start(i);
            for (int t = plan.queries().start(i); t < plan.queries().end(i); t++) {
                words += endWord(plan, t, key) - firstWord(plan, t, key);
            }
        }
        return words;
    }

    private static int firstWord(MaskPlan plan, int query, int firstKey) {
        return (plan.lo(query) - firstKey) / Long.SIZE;
    }

    /** Not before the first one. */
    private static int endWord(MaskPlan plan, int query, int firstKey) {
        int from = plan.lo(query) - firstKey;
        int to = plan.hi(query) - firstKey;
        return to > from ? (to - 1) / Long.SIZE + 1 : from / Long.SIZE;
    }

    /** Smaller batches have smaller masks. */
    private static ByteBuffer allocate(long words) {
        if (words > Integer.MAX_VALUE / Long.BYTES) {
            throw new OutOfDeviceMemoryException("a dense mask of " + words / (1L << 17) + " MB; it can have "
                    + (Integer.MAX_VALUE >> 20) + " MB at most: use smaller batches");
        }
        return ByteBuffer.allocate((int) words * Long.BYTES).order(ByteOrder.nativeOrder());
    }
}
