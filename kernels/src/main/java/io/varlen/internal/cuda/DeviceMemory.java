package io.varlen.internal.cuda;

import io.varlen.attention.OutOfDeviceMemoryException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The device memory of a session: taken from the driver in large segments, within a budget, and dealt out in blocks. What one
 * stream has given back is dealt to another only behind an event, so nobody on the host ever waits. Where there is no room, free
 * segments and then caches go before anybody is refused. Safe for use by many threads at once.
 */
class DeviceMemory implements AutoCloseable {
    private static final long ALIGNMENT = 256;
    private static final long SEGMENT = 32L << 20;

    private final Driver.Device device;
    private final long budget;
    private final Runnable caches;
    private final List<Segment> segments = new ArrayList<>();
    private long taken;
    private long used;
    private long mostUsed;

    /** What the driver gave at once. */
    private static final class Segment {
        private final long address;
        private final long bytes;
        private Block first;

        private Segment(long address, long bytes) {
            this.address = address;
            this.bytes = bytes;
            this.first = new Block(this, address, bytes);
        }

        private boolean isFree() {
            return first.free && first.next == null;
        }
    }

    /** Some bytes of a segment; a list of neighbours by address. */
    static final class Block {
        private final Segment segment;
        private final long address;
        private long bytes;
        private boolean free = true;
        private boolean foreign;
        private Block before;
        private Block next;

        /** Streams that may still be at work on it when it is free. */
        private final Set<CudaStream> users = new HashSet<>();

        private Block(Segment segment, long address, long bytes) {
            this.segment = segment;
            this.address = address;
            this.bytes = bytes;
        }

        /** Of nobody's segment. */
        static Block at(long address) {
            return new Block(null, address, 0);
        }

        /** Memory that belongs to somebody else. */
        static Block foreign(long address) {
            Block block = at(address);
            block.foreign = true;
            return block;
        }

        boolean isForeign() {
            return foreign;
        }

        /** Aligned to 256 bytes; if it is foreign, to 16. */
        long address() {
            return address;
        }
    }

    /**
     * @param budget how many bytes it takes from the device at most
     * @param caches gives blocks back that are kept for later only; run without a lock on this
     */
    DeviceMemory(Driver.Device device, long budget, Runnable caches) {
        this.device = device;
        this.budget = budget;
        this.caches = caches;
    }

    /**
     * Memory of unspecified content for work on that stream.
     *
     * @throws OutOfDeviceMemoryException if the budget or the device does not have it
     */
    Block allocate(long bytes, CudaStream stream) {
        long size = Math.max(ALIGNMENT, Math.addExact(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Block block = find(size, stream);
        if (block == null) {
            caches.run();
            block = find(size, stream);
        }
        if (block == null) {
            throw new OutOfDeviceMemoryException("device memory: " + megabytes(size) + " MB asked for, "
                    + megabytes(used()) + " MB in use of a budget of " + megabytes(budget) + " MB, "
                    + megabytes(device.freeMemory()) + " MB free on the device");
        }
        return block;
    }

    /** A block, taken; null if there is no room. */
    private synchronized Block find(long size, CudaStream stream) {
        Block block = smallest(size, stream);
        if (block == null && extend(size)) {
            block = smallest(size, stream);
        }
        if (block == null) {
            block = smallest(size, null);
        }
        if (block == null) {
            releaseFreeSegments();
            block = extend(size) ? smallest(size, stream) : null;
        }
        if (block != null) {
            take(block, size, stream);
        }
        return block;
    }

    /**
     * Takes a block back.
     *
     * @param stream whose work on it may not be done yet; null if nobody is at work on it
     */
    synchronized void free(Block block, CudaStream stream) {
        if (block.foreign) {
            return;
        }
        if (block.free) {
            throw new IllegalStateException("a block of device memory is given back twice");
        }
        used -= block.bytes;
        block.free = true;
        if (stream != null) {
            block.users.add(stream);
        }
        joinNext(block);
        if (block.before != null && block.before.free) {
            joinNext(block.before);
        }
    }

    /** Bytes that are dealt out. */
    synchronized long used() {
        return used;
    }

    /** The largest that {@link #used()} has been, since the last {@link #peakOf} if there was one. */
    synchronized long mostUsed() {
        return mostUsed;
    }

    /** By how much {@link #used()} rose at most above what it was, while something ran; for one caller at a time. */
    long peakOf(Runnable work) {
        long before;
        synchronized (this) {
            before = used;
            mostUsed = used;
        }
        work.run();
        return mostUsed() - before;
    }

    /** Bytes that the driver has given. */
    synchronized long taken() {
        return taken;
    }

    /** Bytes that can still be dealt out, if in pieces that fit: within the budget, and of what others leave of the device. */
    synchronized long left() {
        return Math.max(0, Math.min(budget - used, device.freeMemory() + taken - used));
    }

    long budget() {
        return budget;
    }

    /** The smallest free block that is large enough, of those that only this stream has used; null stands for any stream. */
    private Block smallest(long size, CudaStream stream) {
        Block best = null;
        for (Segment segment : segments) {
            for (Block block = segment.first; block != null; block = block.next) {
                boolean fits = block.free && block.bytes >= size && (best == null || block.bytes < best.bytes);
                if (fits && (stream == null || isOnlyUsedBy(block, stream))) {
                    best = block;
                }
            }
        }
        return best;
    }

    private static boolean isOnlyUsedBy(Block block, CudaStream stream) {
        return block.users.isEmpty() || (block.users.size() == 1 && block.users.contains(stream));
    }

    private void take(Block block, long size, CudaStream stream) {
        for (CudaStream user : block.users) {
            if (user != stream) {
                stream.waitFor(user);
            }
        }
        if (block.bytes > size) {
            Block rest = new Block(block.segment, block.address + size, block.bytes - size);
            rest.users.addAll(block.users);
            rest.before = block;
            rest.next = block.next;
            if (rest.next != null) {
                rest.next.before = rest;
            }
            block.next = rest;
            block.bytes = size;
        }
        block.users.clear();
        block.free = false;
        used += block.bytes;
        mostUsed = Math.max(mostUsed, used);
    }

    private static void joinNext(Block block) {
        Block next = block.next;
        if (next != null && next.free) {
            block.bytes += next.bytes;
            block.users.addAll(next.users);
            block.next = next.next;
            if (block.next != null) {
                block.next.before = block;
            }
        }
    }

    private boolean extend(long size) {
        long bytes = Math.min(Math.max(size, SEGMENT), Math.max(size, budget - taken));
        if (bytes > budget - taken) {
            return false;
        }
        try {
            segments.add(new Segment(device.allocate(bytes), bytes));
        } catch (OutOfDeviceMemoryException e) {
            return false; // others use the device too
        }
        taken += bytes;
        return true;
    }

    private void releaseFreeSegments() {
        boolean waited = false;
        for (Iterator<Segment> all = segments.iterator(); all.hasNext(); ) {
            Segment segment = all.next();
            if (segment.isFree()) {
                if (!waited) {
                    device.synchronize();
                    waited = true;
                }
                device.free(segment.address);
                taken -= segment.bytes;
                all.remove();
            }
        }
    }

    private static long megabytes(long bytes) {
        return bytes + (1 << 20) - 1 >> 20;
    }

    /** Gives everything back to the driver; nobody may be at work on it. */
    @Override
    public synchronized void close() {
        segments.forEach(segment -> device.free(segment.address));
        segments.clear();
        taken = 0;
    }
}
