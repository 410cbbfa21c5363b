package io.varlen.internal.cuda;

import java.nio.ByteBuffer;

/**
 * Page-locked memory through which everything between host and device passes: two buffers per direction, so that the host fills
 * or empties the one while the other is copied.
 */
final class Staging implements AutoCloseable {
    private static final int BYTES = 1 << 20;

    private final Driver.Device device;
    private final long stream;
    private final Buffers up = new Buffers();
    private final Buffers down = new Buffers();

    /** Two buffers, and per buffer an event that stands for its last copy. */
    private static final class Buffers {
        private HostMemory[] memory;
        private long[] done;
        private int current;
        private int used;
    }

    /** Writes items {@code [from, from + count)} at the buffer's position. */
    interface Source {
        void write(long from, int count, ByteBuffer to);
    }

    /** Reads items {@code [from, from + count)} from the buffer's position. */
    interface Target {
        void read(long from, int count, ByteBuffer bytes);
    }

    Staging(Driver.Device device, long stream) {
        this.device = device;
        this.stream = stream;
    }

    /** Copies to the device in stream order; the source is asked before this returns. */
    synchronized void upload(long address, long items, int itemBytes, Source source) {
        Buffers buffers = open(up);
        for (long from = 0; from < items; ) {
            if (BYTES - buffers.used < itemBytes) {
                device.record(buffers.done[buffers.current], stream);
                buffers.current ^= 1;
                device.synchronizeEvent(buffers.done[buffers.current]);
                buffers.used = 0;
            }
            int count = (int) Math.min(items - from, (BYTES - buffers.used) / itemBytes);
            HostMemory memory = buffers.memory[buffers.current];
            ByteBuffer slice = slice(memory, buffers.used, count * itemBytes);
            source.write(from, count, slice);
            device.copyToDevice(address + from * itemBytes, memory, buffers.used, count * itemBytes, stream);
            buffers.used += count * itemBytes + 15 & -16;
            from += count;
        }
    }

    /** Copies from the device what the stream has been given to compute; the target has been told all when this returns. */
    synchronized void download(long address, long items, int itemBytes, Target target) {
        Buffers buffers = open(down);
        int perBuffer = BYTES / itemBytes;
        long read = 0;
        for (long from = 0; read < items; from += perBuffer) {
            if (from < items) {
                buffers.current ^= 1;
                int count = (int) Math.min(items - from, perBuffer);
                HostMemory memory = buffers.memory[buffers.current];
                device.copyToHost(memory, 0, address + from * itemBytes, count * itemBytes, stream);
                device.record(buffers.done[buffers.current], stream);
            }
            if (from > 0) { // the part before, while this one is copied
                int which = from < items ? buffers.current ^ 1 : buffers.current;
                read += read(buffers, which, read, items, itemBytes, target);
            }
        }
    }

    private int read(Buffers buffers, int which, long from, long items, int itemBytes, Target target) {
        device.synchronizeEvent(buffers.done[which]);
        int count = (int) Math.min(items - from, BYTES / itemBytes);
        target.read(from, count, slice(buffers.memory[which], 0, count * itemBytes));
        return count;
    }

    private static ByteBuffer slice(HostMemory memory, int from, int bytes) {
        return memory.bytes().slice(from, bytes).order(memory.bytes().order());
    }

    private Buffers open(Buffers buffers) {
        if (buffers.memory == null) {
            buffers.done = new long[] {device.createEvent(), device.createEvent()};
            buffers.memory = new HostMemory[] {device.allocateHost(BYTES), device.allocateHost(BYTES)};
        }
        return buffers;
    }

    @Override
    public synchronized void close() {
        for (Buffers buffers : new Buffers[] {up, down}) {
            for (int i = 0; buffers.memory != null && i < buffers.memory.length; i++) {
                device.free(buffers.memory[i]);
                device.destroyEvent(buffers.done[i]);
            }
            buffers.memory = null;
        }
    }
}
