package io.varlen.internal.cuda;

import io.varlen.attention.DeviceAllocator;
import io.varlen.attention.DeviceException;
import io.varlen.mask.MaskPlan;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * One device in use, by one backend or more: its memory, its kernels, and a stream for the calling thread. Safe for use by many
 * threads at once.
 *
 * <p>A thread's stream is an explicit one that is its own as long as it lives, not the driver's per-thread default stream: that
 * one cannot be named by another thread, which giving memory from thread to thread takes. Only where another library's memory is
 * used, and so its streams are, it is that one; then the host waits where memory goes from thread to thread.
 */
final class CudaSession implements AutoCloseable {
    private final Driver.Device device;
    private final DeviceMemory memory;
    private final Launcher launcher;
    private final List<Lease> leases = new ArrayList<>();
    private final ThreadLocal<CudaStream> own = ThreadLocal.withInitial(this::lease);
    private final boolean hosted;
    private int users = 1;

    /** Whose stream it is. */
    private record Lease(CudaStream stream, WeakReference<Thread> owner) {
        private boolean hasEnded() {
            Thread thread = owner.get();
            return thread == null || !thread.isAlive();
        }
    }

    /** @param budget bytes of device memory; the session closes the device */
    CudaSession(Driver.Device device, long budget) {
        this.device = device;
        this.memory = new DeviceMemory(device, budget, this::releaseCaches);
        this.launcher = new Launcher(device);
        this.hosted = false;
    }

    /** With another library's memory. */
    CudaSession(Driver.Device device, DeviceAllocator allocator) {
        this.device = device;
        this.memory = new HostedMemory(device, allocator);
        this.launcher = new Launcher(device);
        this.hosted = true;
    }

    /** Whether memory is another library's and streams are the driver's default ones. */
    boolean isHosted() {
        return hosted;
    }

    /** Counts one more user, each of whom closes the session; false if it is closed. */
    synchronized boolean share() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    Driver.Device device() {
        return device;
    }

    DeviceMemory memory() {
        return memory;
    }

    Launcher launcher() {
        return launcher;
    }

    /** The calling thread's. */
    CudaStream stream() {
        return own.get();
    }

    /** That of a thread that is no more, else a new one. */
    private CudaStream lease() {
        synchronized (leases) {
            CudaStream stream = null;
            for (Lease lease : leases) {
                if (lease.hasEnded()) {
                    if (hosted) {
                        device.synchronize(); // its work was on the stream that the driver had for the other thread
                    }
                    stream = lease.stream();
                    leases.remove(lease);
                    break;
                }
            }
            stream = stream == null ? new CudaStream(this) : stream;
            leases.add(new Lease(stream, new WeakReference<>(Thread.currentThread())));
            return stream;
        }
    }

    /**
     * Gives back what streams keep for later calls: all that threads left that are no more, and the others' plans but those asked for
     * last. Called without a lock on anything else's memory, which another thread's call may be waiting for.
     */
    private void releaseCaches() {
        stream().positions().clear();
        synchronized (leases) {
            for (Lease lease : leases) {
                if (lease.hasEnded()) {
                    lease.stream().plans().clear();
                    lease.stream().positions().clear();
                } else {
                    lease.stream().plans().clearAllButLast();
                }
            }
        }
    }

    /** A tensor of unspecified content. */
    CudaTensor tensor(Element element, int rows, int columns) {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("a tensor of [" + rows + ", " + columns + "]");
        }
        CudaStream stream = stream();
        DeviceMemory.Block block = memory.allocate((long) rows * columns * element.bytes(), stream);
        return new CudaTensor(this, block, element, rows, columns, stream);
    }

    /** A tensor over somebody else's memory. */
    CudaTensor tensor(long address, int rows, int columns) {
        if (rows < 0 || columns < 0 || address % 16 != 0) {
            throw new IllegalArgumentException("a tensor of [" + rows + ", " + columns + "] at address " + address
                    + ", which must be a multiple of 16");
        }
        return new CudaTensor(this, DeviceMemory.Block.foreign(address), Element.F32, rows, columns, stream());
    }

    /** A parameter: on the device when this returns. */
    CudaTensor upload(float[] elements, Element element, int rows, int columns) {
        if (rows < 0 || columns < 0 || elements.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    elements.length + " elements are not a tensor of [" + rows + ", " + columns + "]");
        }
        CudaStream stream = stream();
        DeviceMemory.Block block = memory.allocate((long) elements.length * element.bytes(), stream);
        orGiveBack(
                block,
                stream,
                () -> stream.staging().upload(block.address(), elements.length, element.bytes(), (from, count, to) -> {
                    for (int i = 0; i < count; i++) {
                        if (element == Element.F32) {
                            to.putFloat(elements[(int) from + i]);
                        } else {
                            to.putShort((short) element.encode(elements[(int) from + i]));
                        }
                    }
                }));
        stream.synchronize();
        return new CudaTensor(this, block, element, rows, columns, null);
    }

    /** Fills a block, which is given back if that fails. */
    private void orGiveBack(DeviceMemory.Block block, CudaStream stream, Runnable filling) {
        try {
            filling.run();
        } catch (RuntimeException | Error e) {
            memory.free(block, stream);
            throw e;
        }
    }

    /** Memory for work on the calling thread's stream until it is closed. */
    Scratch scratch(long bytes) {
        CudaStream stream = stream();
        return new Scratch(memory, memory.allocate(bytes, stream), stream);
    }

    /** Scratch memory that holds these numbers. */
    Scratch scratch(int[] numbers) {
        Scratch scratch = scratch((long) numbers.length * Integer.BYTES);
        orGiveBack(
                scratch.block(),
                scratch.stream(),
                () -> scratch.stream()
                        .staging()
                        .upload(
                                scratch.address(),
                                numbers.length,
                                Integer.BYTES,
                                (from, count, to) -> to.asIntBuffer().put(numbers, (int) from, count)));
        return scratch;
    }

    /** Device memory for as long as an operation takes. */
    record Scratch(DeviceMemory memory, DeviceMemory.Block block, CudaStream stream) implements AutoCloseable {
        long address() {
            return block.address();
        }

        @Override
        public void close() {
            memory.free(block, stream);
        }
    }

    float[] download(CudaTensor tensor) {
        CudaStream stream = stream();
        tensor.readBy(stream);
        float[] elements = new float[Math.multiplyExact(tensor.rows(), tensor.columns())];
        Element element = tensor.element();
        stream.staging().download(tensor.address(), elements.length, element.bytes(), (from, count, bytes) -> {
            for (int i = 0; i < count; i++) {
                elements[(int) from + i] = element == Element.F32 ? bytes.getFloat() : element.decode(bytes.getShort());
            }
        });
        return elements;
    }

    /** The plan on the device, for the calling thread's stream. */
    DevicePlan plan(MaskPlan plan) {
        return stream().plans().of(plan);
    }

    /** @param user the stream whose work may not be done; null for a parameter, which any stream may be reading */
    void free(DeviceMemory.Block block, CudaStream user) {
        if (user == null || hosted && user != stream()) {
            device.synchronize(); // another library takes it back behind the calling thread's stream alone
        }
        memory.free(block, user);
    }

    /** Returns when all streams are done. */
    void synchronize() {
        device.synchronize();
    }

    /** Gives back what one user has left open, but after a fatal failure, when nothing can be given back. */
    void free(Collection<CudaTensor> tensors) {
        if (!isLost()) {
            tensors.forEach(CudaTensor::closeIdle);
        }
    }

    /** Whether the device has failed for good; if not, all streams are done. */
    private boolean isLost() {
        try {
            device.synchronize();
            return false;
        } catch (DeviceException e) {
            if (e.kind() == DeviceException.Kind.FATAL) {
                return true;
            }
            throw e;
        }
    }

    /** For one user; for the last one it gives everything back, but after a fatal failure. */
    @Override
    public void close() {
        synchronized (this) {
            users--;
            if (users != 0) {
                return;
            }
        }
        if (isLost()) {
            return;
        }
        synchronized (leases) {
            leases.forEach(lease -> lease.stream().close());
            leases.clear();
        }
        memory.close();
        device.close();
    }
}
