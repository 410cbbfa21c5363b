package io.varlen.internal.cuda;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.varlen.attention.DeviceException;
import io.varlen.attention.OutOfDeviceMemoryException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;

/**
 * A device whose memory is the host's and whose kernels run on the emulator of one thread block. A stream does nothing until
 * somebody waits for it, so what is not ordered by streams and events, or is changed by the host too early, shows; memory is
 * filled with NaN when it is taken and when it is given back, and a copy outside of what was taken is a failure.
 */
final class EmulatedDriver implements Driver {
    private final List<DeviceProperties> devices;
    private Opened opened;
    private final ArrayDeque<DeviceException> failures = new ArrayDeque<>();

    private EmulatedDriver(List<DeviceProperties> devices) {
        this.devices = devices;
    }

    /** @param capability as of {@link DeviceProperties#capability()} */
    static EmulatedDriver of(int capability) {
        return of(capability, 2L << 30);
    }

    /** @param memory bytes that the device has */
    static EmulatedDriver of(int capability, long memory) {
        return new EmulatedDriver(List.of(properties(0, capability, memory)));
    }

    /** Two equal devices. */
    static EmulatedDriver two(int capability) {
        return new EmulatedDriver(List.of(properties(0, capability, 1L << 30), properties(1, capability, 1L << 30)));
    }

    private static DeviceProperties properties(int ordinal, int capability, long memory) {
        int shared = capability < 80 ? 64 << 10 : 163 << 10;
        return new DeviceProperties(ordinal, "emulated device", capability, 4, shared, memory);
    }

    @Override
    public List<DeviceProperties> devices() {
        return devices;
    }

    /** In the reverse of the order of the bus, as where the last card is the fastest. */
    @Override
    public DeviceIdentity identity(int ordinal) {
        int bus = 0x20 - ordinal;
        return new DeviceIdentity(
                ordinal, new UUID(0xe3a1000000000000L, ordinal).toString(), String.format("0000:%02X:00.0", bus));
    }

    @Override
    public Opened open(int ordinal) {
        if (!failures.isEmpty()) {
            throw failures.remove();
        }
        opened = new Opened(devices.get(ordinal));
        return opened;
    }

    /** Lets the next attempts to open a device fail. */
    void failToOpen(int times, DeviceException.Kind kind) {
        for (int i = 0; i < times; i++) {
            failures.add(new DeviceException(kind, "injected"));
        }
    }

    /** How many of these are still to come. */
    int failures() {
        return failures.size();
    }

    /** What was opened last. */
    Opened device() {
        return opened;
    }

    static final class Opened implements Device {
        private static final int ALIGNMENT = 256;
        private static final long THREAD_STREAM = Long.MAX_VALUE;

        private final DeviceProperties properties;
        private final AtomicLong handles = new AtomicLong();
        private final TreeMap<Long, Allocation> memory = new TreeMap<>();
        private final Map<Long, ArrayDeque<Work>> streams = new HashMap<>();
        private final Map<Long, Event> events = new HashMap<>();
        private final Map<Long, String> modules = new HashMap<>();
        private final Map<Long, String> functions = new HashMap<>();
        private final Map<Long, Integer> sharedAllowed = new HashMap<>();
        private final Map<String, Integer> launches = new HashMap<>();
        private long taken;
        private int host;
        private boolean closed;

        private record Allocation(Memory raw, long bytes) {}

        private interface Work {
            void run();
        }

        /** What a stream had been given when the event was recorded. */
        private record Event(long stream, Work last) {}

        private Opened(DeviceProperties properties) {
            this.properties = properties;
        }

        @Override
        public DeviceProperties properties() {
            return properties;
        }

        @Override
        public synchronized long freeMemory() {
            return properties.memory() - taken;
        }

        @Override
        public synchronized long allocate(long bytes) {
            requireOpen();
            if (bytes <= 0) {
                throw new DeviceException(DeviceException.Kind.USAGE, bytes + " bytes asked for");
            }
            if (taken + bytes > properties.memory()) {
                throw new OutOfDeviceMemoryException("no " + bytes + " bytes left on the emulated device");
            }
            Memory raw = new Memory(bytes + ALIGNMENT);
            long address = (Pointer.nativeValue(raw) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            memory.put(address, new Allocation(raw, bytes));
            taken += bytes;
            poison(address, bytes);
            return address;
        }

        /** Sets bytes to what is NaN in every type. */
        void poison(long address, long bytes) {
            new Pointer(address).setMemory(0, bytes, (byte) -1);
        }

        @Override
        public synchronized void free(long address) {
            synchronize();
            Allocation allocation = memory.remove(address);
            poison(address, allocation.bytes());
            taken -= allocation.bytes();
        }

        /** Bytes that are taken. */
        synchronized long taken() {
            return taken;
        }

        @Override
        public synchronized HostMemory allocateHost(int bytes) {
            requireOpen();
            host++;
            return new HostMemory(this, ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()));
        }

        @Override
        public synchronized void free(HostMemory freed) {
            host--;
        }

        @Override
        public synchronized long createStream() {
            requireOpen();
            long handle = handles.incrementAndGet();
            streams.put(handle, new ArrayDeque<>());
            return handle;
        }

        @Override
        public long nativeStream(long stream) {
            requireOpen();
            return stream;
        }

        @Override
        public long threadStream() {
            requireOpen();
            return THREAD_STREAM;
        }

        /** Which stream is meant, for the calling thread. */
        private long own(long stream) {
            if (stream != THREAD_STREAM) {
                return stream;
            }
            long mine = -Thread.currentThread().getId();
            streams.computeIfAbsent(mine, thread -> new ArrayDeque<>());
            return mine;
        }

        @Override
        public synchronized void destroyStream(long stream) {
            synchronize(stream);
            streams.remove(stream);
        }

        private void give(long stream, Work work) {
            requireOpen();
            streams.get(own(stream)).add(work);
        }

        @Override
        public synchronized void copyToDevice(long address, HostMemory from, int offset, int bytes, long stream) {
            requireTaken(address, bytes);
            give(stream, () -> bytes(address, bytes).put(from.bytes().slice(offset, bytes)));
        }

        @Override
        public synchronized void copyToHost(HostMemory to, int offset, long address, int bytes, long stream) {
            requireTaken(address, bytes);
            give(stream, () -> to.bytes().slice(offset, bytes).put(bytes(address, bytes)));
        }

        @Override
        public synchronized void copy(long to, long from, long bytes, long stream) {
            requireTaken(to, bytes);
            requireTaken(from, bytes);
            give(stream, () -> bytes(to, bytes).put(bytes(from, bytes)));
        }

        @Override
        public synchronized void clear(long address, long bytes, long stream) {
            requireTaken(address, bytes);
            give(stream, () -> new Pointer(address).setMemory(0, bytes, (byte) 0));
        }

        private static ByteBuffer bytes(long address, long bytes) {
            return new Pointer(address).getByteBuffer(0, bytes);
        }

        private void requireTaken(long address, long bytes) {
            Map.Entry<Long, Allocation> below = memory.floorEntry(address);
            if (below == null
                    || address + bytes > below.getKey() + below.getValue().bytes()) {
                throw new DeviceException(DeviceException.Kind.FATAL, bytes + " bytes at " + address + " are nobody's");
            }
        }

        @Override
        public synchronized long createEvent() {
            requireOpen();
            long handle = handles.incrementAndGet();
            events.put(handle, new Event(0, null));
            return handle;
        }

        @Override
        public synchronized void destroyEvent(long event) {
            events.remove(event);
        }

        @Override
        public synchronized void record(long event, long stream) {
            Work mark = () -> {};
            give(stream, mark);
            events.put(event, new Event(own(stream), mark));
        }

        @Override
        public synchronized void waitFor(long stream, long event) {
            Event known = events.get(event);
            give(stream, () -> await(known));
        }

        private void await(Event event) {
            ArrayDeque<Work> work = event.stream() == 0 ? null : streams.get(event.stream());
            while (work != null && work.contains(event.last())) {
                work.remove().run();
            }
        }

        @Override
        public synchronized void synchronizeEvent(long event) {
            await(events.get(event));
        }

        @Override
        public synchronized void synchronize(long stream) {
            requireOpen();
            ArrayDeque<Work> work = streams.get(own(stream));
            while (!work.isEmpty()) {
                work.remove().run();
            }
        }

        @Override
        public synchronized void synchronize() {
            requireOpen();
            List.copyOf(streams.keySet()).forEach(this::synchronize);
        }

        @Override
        public synchronized long load(String file) {
            requireOpen();
            long handle = handles.incrementAndGet();
            modules.put(handle, file);
            return handle;
        }

        @Override
        public synchronized long function(long module, String kernel) {
            if (Emulator.kernels().emulate_params_size(kernel) == 0) {
                throw new DeviceException(DeviceException.Kind.USAGE, "there is no kernel " + kernel);
            }
            requireInFile(modules.get(module), kernel);
            long handle = handles.incrementAndGet();
            functions.put(handle, kernel);
            return handle;
        }

        /** The emulator has the kernels of all files together; a device has those of a file alone, and of its own age. */
        private void requireInFile(String file, String kernel) {
            boolean forTests = Files.exists(Path.of("src/test/cuda/" + file + ".cu"));
            String target = properties.capability() < 80 ? ".compute_75.ptx.gz" : ".compute_80.ptx.gz";
            try (InputStream in = Binaries.class.getResourceAsStream(file + target)) {
                if (forTests || in == null && Binaries.class.getResource("record.json") == null) {
                    return; // no binaries are committed yet
                }
                String ptx =
                        in == null ? "" : new String(new GZIPInputStream(in).readAllBytes(), StandardCharsets.US_ASCII);
                if (!ptx.contains(".entry " + kernel + "(")) {
                    throw new DeviceException(
                            DeviceException.Kind.USAGE, "there is no kernel " + kernel + " in " + file + target);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public synchronized void allowShared(long function, int bytes) {
            if (bytes > properties.sharedPerBlock()) {
                throw new DeviceException(
                        DeviceException.Kind.USAGE, bytes + " bytes of shared memory on " + properties.architecture());
            }
            sharedAllowed.put(function, bytes);
        }

        @Override
        public synchronized void launch(
                long function, int grid, int threads, int sharedBytes, ByteBuffer params, long stream) {
            if (grid <= 0 || sharedBytes > sharedAllowed.getOrDefault(function, 48 << 10)) {
                throw new DeviceException(
                        DeviceException.Kind.USAGE,
                        functions.get(function) + ": " + grid + " blocks with " + sharedBytes
                                + " bytes of shared memory");
            }
            String kernel = functions.get(function);
            DynamicShared.require(kernel, sharedBytes);
            ByteBuffer copy = ByteBuffer.allocateDirect(params.remaining())
                    .put(params.duplicate())
                    .flip();
            launches.merge(kernel, 1, Integer::sum);
            give(stream, () -> run(kernel, grid, threads, sharedBytes, copy));
        }

        private static void run(String kernel, int grid, int threads, int sharedBytes, ByteBuffer params) {
            Emulator.Kernels emulator = Emulator.kernels();
            if (emulator.emulate(kernel, grid, threads, sharedBytes, params, params.remaining()) != 0) {
                throw new DeviceException(DeviceException.Kind.FATAL, emulator.emulate_message());
            }
        }

        /** How often kernels have been launched, by name. */
        synchronized Map<String, Integer> launches() {
            return Map.copyOf(launches);
        }

        private void requireOpen() {
            if (closed) {
                throw new DeviceException(DeviceException.Kind.FATAL, "the device is closed");
            }
        }

        /** What has not been given back, in a few words; empty if all has. */
        synchronized String leaks() {
            return (taken == 0 ? "" : taken + " bytes of device memory ")
                    + (host == 0 ? "" : host + " blocks of host memory ")
                    + (streams.keySet().stream().allMatch(stream -> stream < 0) ? "" : streams.size() + " streams ")
                    + (events.isEmpty() ? "" : events.size() + " events");
        }

        @Override
        public synchronized void close() {
            closed = true;
        }
    }
}
