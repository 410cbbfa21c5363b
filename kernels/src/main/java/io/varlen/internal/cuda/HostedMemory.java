package io.varlen.internal.cuda;

import io.varlen.attention.DeviceAllocator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The device memory of another library, asked for each block: nothing is kept, so that its own spilling and retrying see all. It is
 * asked without a lock, because it may let the calling thread wait for what another one gives back.
 */
final class HostedMemory extends DeviceMemory {
    private final Driver.Device device;
    private final DeviceAllocator allocator;
    private final Map<Block, Taken> taken = new ConcurrentHashMap<>();
    private long used;
    private long mostUsed;

    private record Taken(long bytes, Thread by) {}

    HostedMemory(Driver.Device device, DeviceAllocator allocator) {
        super(device, device.properties().memory(), () -> {});
        this.device = device;
        this.allocator = allocator;
    }

    @Override
    Block allocate(long bytes, CudaStream stream) {
        long size = Math.max(1, bytes);
        Block block = Block.at(allocator.allocate(size));
        taken.put(block, new Taken(size, Thread.currentThread()));
        count(size);
        return block;
    }

    private synchronized void count(long bytes) {
        used += bytes;
        mostUsed = Math.max(mostUsed, used);
    }

    /** The allocator knows of the calling thread's stream alone, so for another one's memory the device is waited for. */
    @Override
    void free(Block block, CudaStream stream) {
        if (block.isForeign()) {
            return;
        }
        Taken known = taken.remove(block);
        if (known == null) {
            throw new IllegalStateException("a block of device memory is given back twice");
        }
        if (stream != null && known.by() != Thread.currentThread()) {
            device.synchronize();
        }
        count(-known.bytes());
        allocator.free(block.address());
    }

    @Override
    synchronized long used() {
        return used;
    }

    @Override
    synchronized long mostUsed() {
        return mostUsed;
    }

    @Override
    long taken() {
        return used();
    }

    /** Half of what nobody has: how much the other library can give at most is not known, and its own work needs some. The driver sees its pool alone. */
    @Override
    long left() {
        return Math.max(0, device.properties().memory() - allocator.taken()) / 2;
    }

    /** What is still taken is given back. */
    @Override
    public void close() {
        taken.keySet().forEach(block -> free(block, null));
    }
}
