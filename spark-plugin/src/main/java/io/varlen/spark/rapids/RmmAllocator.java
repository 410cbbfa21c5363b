package io.varlen.spark.rapids;

import ai.rapids.cudf.DeviceMemoryBuffer;
import ai.rapids.cudf.Rmm;
import io.varlen.attention.DeviceAllocator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** RMM, so that all memory of ours counts where RAPIDS counts, and a lack of it makes RAPIDS spill, wait, retry and split. */
public final class RmmAllocator implements DeviceAllocator {
    private final Map<Long, DeviceMemoryBuffer> buffers = new ConcurrentHashMap<>();

    @Override
    public long allocate(long bytes) {
        DeviceMemoryBuffer buffer = DeviceMemoryBuffer.allocate(bytes);
        buffers.put(buffer.getAddress(), buffer);
        return buffer.getAddress();
    }

    @Override
    public void free(long address) {
        buffers.remove(address).close();
    }

    @Override
    public long taken() {
        return Rmm.getTotalBytesAllocated();
    }
}
