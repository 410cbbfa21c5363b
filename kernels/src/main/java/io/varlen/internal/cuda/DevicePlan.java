package io.varlen.internal.cuda;

import io.varlen.mask.MaskPlan;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A mask plan and what kernels have derived from it, on the device: uploaded once, used by all layers. Belongs to a stream, in
 * whose order everything is uploaded and given back.
 */
final class DevicePlan {
    private final MaskPlan plan;
    private final CudaSession session;
    private final CudaStream stream;
    private final Map<Object, Array> arrays = new HashMap<>();
    private final Map<Array, DeviceMemory.Block> blocks = new HashMap<>();

    /** Some bytes in device memory. */
    record Array(long address, long bytes) {}

    DevicePlan(MaskPlan plan, CudaSession session, CudaStream stream) {
        this.plan = plan;
        this.session = session;
        this.stream = stream;
    }

    MaskPlan plan() {
        return plan;
    }

    /** {@code int[T]}: the first key that each query sees; counted in the packed axis. */
    long low() {
        return ints("low", plan::lo);
    }

    /** {@code int[T]}: the key behind the last one that each query sees. */
    long high() {
        return ints("high", plan::hi);
    }

    private long ints(String key, java.util.function.IntUnaryOperator of) {
        return array(key, () -> {
                    int tokens = plan.queries().total();
                    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(tokens, Integer.BYTES))
                            .order(java.nio.ByteOrder.nativeOrder());
                    for (int t = 0; t < tokens; t++) {
                        bytes.putInt(of.applyAsInt(t));
                    }
                    return bytes.flip();
                })
                .address();
    }

    /**
     * What the supplier has made, on the device; it is asked once per plan and key.
     *
     * @param key says what it is: equal keys, equal content
     * @param content its bytes from position to limit, in native order
     */
    synchronized Array array(Object key, Supplier<ByteBuffer> content) {
        Array known = arrays.get(key);
        if (known == null) {
            ByteBuffer bytes = content.get();
            int from = bytes.position();
            DeviceMemory.Block block = session.memory().allocate(bytes.remaining(), stream);
            known = new Array(block.address(), bytes.remaining());
            blocks.put(known, block); // also if the upload fails
            stream.staging()
                    .upload(
                            block.address(),
                            bytes.remaining(),
                            1,
                            (at, count, to) -> to.put(bytes.slice(from + (int) at, count)));
            arrays.put(key, known);
        }
        return known;
    }

    /** Gives the memory back. */
    synchronized void close() {
        blocks.values().forEach(block -> session.memory().free(block, stream));
        blocks.clear();
        arrays.clear();
    }
}
