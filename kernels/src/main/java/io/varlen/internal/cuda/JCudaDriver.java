package io.varlen.internal.cuda;

import static jcuda.driver.JCudaDriver.*;

import com.sun.jna.NativeLibrary;
import io.varlen.InvalidInputException;
import io.varlen.attention.DeviceException;
import io.varlen.natives.NativeDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The CUDA driver through JCuda, the only class that sees it. Nothing of CUDA but the driver is needed. */
final class JCudaDriver implements Driver {
    private static final String LIBRARY = "libcuda.so.1";
    private static final Logger LOG = LoggerFactory.getLogger(JCudaDriver.class);
    private static boolean initialized;

    /** Of the device code's PTX, as the driver counts: {@code 1000 · major + 10 · minor}. */
    private static final int OLDEST_CUDA = 12000;

    /** {@code CU_STREAM_PER_THREAD} of cuda.h. */
    private static final long PER_THREAD = 2;

    private JCudaDriver() {}

    /**
     * Loads the driver.
     *
     * @throws InvalidInputException if it is not there or does not work; the message says why in a few words
     */
    static JCudaDriver load() {
        try {
            NativeDirectory.prepare();
            NativeLibrary.getInstance(LIBRARY); // JCuda's own message would be forty lines
        } catch (LinkageError e) {
            throw new InvalidInputException("there is no NVIDIA driver: " + LIBRARY + " does not load");
        }
        try {
            initialize();
        } catch (LinkageError e) {
            throw new InvalidInputException("JCuda does not load: " + firstLine(e.getMessage()), e);
        }
        start();
        int[] version = new int[1];
        check(cuDriverGetVersion(version), "asking the driver for its version");
        if (version[0] < OLDEST_CUDA) {
            throw new InvalidInputException("the NVIDIA driver is for CUDA " + version[0] / 1000 + "."
                    + version[0] % 1000 / 10 + "; it takes a driver for CUDA 12.0, which is 525, or later");
        }
        return new JCudaDriver();
    }

    private static void start() {
        try {
            Retries.run(() -> {
                check(cuInit(0), "the NVIDIA driver does not start");
                return null;
            });
        } catch (DeviceException e) {
            throw new InvalidInputException(e.getMessage(), e);
        }
    }

    /**
     * JCuda unpacks its library below the JVM's folder for temporary files, where others could have put theirs before, and takes one that
     * is there, though another process may not have written all of it. So it gets a folder of its own, which goes when it is loaded.
     */
    private static synchronized void initialize() {
        if (initialized) {
            return;
        }
        String before = System.getProperty("java.io.tmpdir");
        Path own = unique(NativeDirectory.prepare());
        System.setProperty("java.io.tmpdir", own.toString());
        try {
            setLogLevel(jcuda.LogLevel.LOG_QUIET);
            initialized = true;
        } finally {
            System.setProperty("java.io.tmpdir", before);
            delete(own);
        }
    }

    private static Path unique(Path folder) {
        try {
            return Files.createTempDirectory(folder, "jcuda-");
        } catch (IOException e) {
            throw new InvalidInputException("cannot unpack JCuda below " + folder + ": " + e, e);
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} is left behind: {}", folder, e.toString());
        }
    }

    private static String firstLine(String text) {
        return text == null ? "no reason given" : text.lines().findFirst().orElse("no reason given");
    }

    @Override
    public List<DeviceProperties> devices() {
        int[] count = new int[1];
        check(cuDeviceGetCount(count), "counting devices");
        List<DeviceProperties> devices = new ArrayList<>();
        for (int i = 0; i < count[0]; i++) {
            devices.add(properties(i));
        }
        return devices;
    }

    private static DeviceProperties properties(int ordinal) {
        CUdevice device = device(ordinal);
        byte[] name = new byte[256];
        check(cuDeviceGetName(name, name.length, device), "naming device " + ordinal);
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        long[] memory = new long[1];
        check(cuDeviceTotalMem(memory, device), "sizing device " + ordinal);
        int major = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        int minor = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        return new DeviceProperties(
                ordinal,
                new String(name, 0, end, StandardCharsets.UTF_8),
                10 * major + minor,
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                memory[0]);
    }

    @Override
    public DeviceIdentity identity(int ordinal) {
        CUdevice device = device(ordinal);
        String[] bus = new String[1];
        check(cuDeviceGetPCIBusId(bus, 32, device), "asking device " + ordinal + " for its PCI bus id");
        return new DeviceIdentity(ordinal, uuid(ordinal), bus[0].strip());
    }

    /** By the driver's second version, which JCuda does not call: the first one gives a MIG device the UUID of its GPU. */
    private static String uuid(int ordinal) {
        ByteBuffer uuid = ByteBuffer.wrap(new byte[2 * Long.BYTES]);
        int code = NativeLibrary.getInstance(LIBRARY)
                .getFunction("cuDeviceGetUuid_v2")
                .invokeInt(new Object[] {uuid.array(), ordinal}); // a CUdevice is its ordinal
        check(code, "asking device " + ordinal + " for its UUID");
        return new UUID(uuid.getLong(), uuid.getLong()).toString();
    }

    private static CUdevice device(int ordinal) {
        CUdevice device = new CUdevice();
        check(cuDeviceGet(device, ordinal), "finding device " + ordinal);
        return device;
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check(cuDeviceGetAttribute(value, attribute, device), "asking a device for attribute " + attribute);
        return value[0];
    }

    @Override
    public Device open(int ordinal) {
        CUdevice device = device(ordinal);
        CUcontext context = new CUcontext();
        check(cuDevicePrimaryCtxRetain(context, device), "opening device " + ordinal);
        return new Opened(properties(ordinal), device, context);
    }

    private static void check(int code, String what) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw CudaErrors.exception(code, CUresult.stringFor(code), what);
        }
    }

    /** JCuda's objects by numbers of ours. */
    private static final class Handles<T> {
        private final Map<Long, T> objects = new ConcurrentHashMap<>();
        private final AtomicLong last = new AtomicLong();

        long put(T object) {
            long handle = last.incrementAndGet();
            objects.put(handle, object);
            return handle;
        }

        T get(long handle) {
            return objects.get(handle);
        }

        T remove(long handle) {
            return objects.remove(handle);
        }
    }

    /** A stream whose handle can be read. */
    private static final class Stream extends CUstream {
        long value() {
            return getNativePointer();
        }
    }

    /** A device address that can be made of a number and be read as one. */
    private static final class Address extends CUdeviceptr {
        Address(long value) {
            super(new CUdeviceptr(), value);
        }

        long value() {
            return getNativePointer() + getByteOffset();
        }
    }

    /** A device in its primary context. */
    private static final class Opened implements Device {
        private final DeviceProperties properties;
        private final CUdevice device;
        private final CUcontext context;
        private final Handles<CUstream> streams = new Handles<>();
        private final long threadStream = streams.put(CU_STREAM_PER_THREAD);
        private final Handles<CUevent> events = new Handles<>();
        private final Handles<CUmodule> modules = new Handles<>();
        private final Handles<CUfunction> functions = new Handles<>();

        Opened(DeviceProperties properties, CUdevice device, CUcontext context) {
            this.properties = properties;
            this.device = device;
            this.context = context;
        }

        /** A context is a thread's, and others in this process may have set theirs. */
        private void enter() {
            check(cuCtxSetCurrent(context), "entering " + properties.name());
        }

        @Override
        public DeviceProperties properties() {
            return properties;
        }

        @Override
        public long freeMemory() {
            enter();
            long[] free = new long[1];
            check(cuMemGetInfo(free, new long[1]), "asking for free memory");
            return free[0];
        }

        @Override
        public long allocate(long bytes) {
            enter();
            Address address = new Address(0);
            check(cuMemAlloc(address, bytes), "taking " + bytes + " bytes of device memory");
            return address.value();
        }

        @Override
        public void free(long address) {
            enter();
            check(cuMemFree(new Address(address)), "giving device memory back");
        }

        @Override
        public HostMemory allocateHost(int bytes) {
            enter();
            Pointer pointer = new Pointer();
            check(cuMemHostAlloc(pointer, bytes, 0), "taking " + bytes + " bytes of page-locked memory");
            return new HostMemory(pointer, pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder()));
        }

        @Override
        public void free(HostMemory memory) {
            enter();
            check(cuMemFreeHost((Pointer) memory.owner()), "giving page-locked memory back");
        }

        @Override
        public long createStream() {
            enter();
            Stream stream = new Stream();
            check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
            return streams.put(stream);
        }

        @Override
        public long nativeStream(long stream) {
            enter();
            return streams.get(stream) instanceof Stream own ? own.value() : PER_THREAD;
        }

        @Override
        public long threadStream() {
            return threadStream;
        }

        @Override
        public void destroyStream(long stream) {
            enter();
            check(cuStreamDestroy(streams.remove(stream)), "ending a stream");
        }

        @Override
        public void copyToDevice(long address, HostMemory from, int offset, int bytes, long stream) {
            enter();
            Pointer source = ((Pointer) from.owner()).withByteOffset(offset);
            check(
                    cuMemcpyHtoDAsync(new Address(address), source, bytes, streams.get(stream)),
                    "copying " + bytes + " bytes to the device");
        }

        @Override
        public void copyToHost(HostMemory to, int offset, long address, int bytes, long stream) {
            enter();
            Pointer target = ((Pointer) to.owner()).withByteOffset(offset);
            check(
                    cuMemcpyDtoHAsync(target, new Address(address), bytes, streams.get(stream)),
                    "copying " + bytes + " bytes to the host");
        }

        @Override
        public void copy(long to, long from, long bytes, long stream) {
            enter();
            check(
                    cuMemcpyDtoDAsync(new Address(to), new Address(from), bytes, streams.get(stream)),
                    "copying " + bytes + " bytes on the device");
        }

        @Override
        public void clear(long address, long bytes, long stream) {
            enter();
            check(
                    cuMemsetD8Async(new Address(address), (byte) 0, bytes, streams.get(stream)),
                    "clearing " + bytes + " bytes");
        }

        @Override
        public long createEvent() {
            enter();
            CUevent event = new CUevent();
            check(cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "making an event");
            return events.put(event);
        }

        @Override
        public void destroyEvent(long event) {
            enter();
            check(cuEventDestroy(events.remove(event)), "ending an event");
        }

        @Override
        public void record(long event, long stream) {
            enter();
            check(cuEventRecord(events.get(event), streams.get(stream)), "recording an event");
        }

        @Override
        public void waitFor(long stream, long event) {
            enter();
            check(cuStreamWaitEvent(streams.get(stream), events.get(event), 0), "waiting for an event in a stream");
        }

        @Override
        public void synchronizeEvent(long event) {
            enter();
            check(cuEventSynchronize(events.get(event)), "waiting for an event");
        }

        @Override
        public void synchronize(long stream) {
            enter();
            check(cuStreamSynchronize(streams.get(stream)), "waiting for a stream");
        }

        @Override
        public void synchronize() {
            enter();
            check(cuCtxSynchronize(), "waiting for " + properties.name());
        }

        @Override
        public long load(String file) {
            enter();
            CUmodule module = new CUmodule();
            String what = "";
            int code = CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU;
            for (Binaries.Image image : Binaries.images(file, properties.capability())) {
                byte[] bytes =
                        Arrays.copyOf(image.bytes(), image.bytes().length + 1); // PTX is a string that ends with 0
                what = "loading " + image.name() + " on " + properties.name();
                code = cuModuleLoadData(module, bytes);
                if (!CudaErrors.isRefusedBinary(code)) { // a refused cubin may do as PTX
                    break;
                }
            }
            check(code, what);
            return modules.put(module);
        }

        @Override
        public long function(long module, String kernel) {
            enter();
            CUfunction function = new CUfunction();
            check(cuModuleGetFunction(function, modules.get(module), kernel), "finding kernel " + kernel);
            return functions.put(function);
        }

        @Override
        public void allowShared(long function, int bytes) {
            enter();
            check(
                    cuFuncSetAttribute(
                            functions.get(function),
                            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            bytes),
                    "allowing " + bytes + " bytes of shared memory on " + properties.name());
        }

        @Override
        public void launch(long function, int grid, int threads, int sharedBytes, ByteBuffer params, long stream) {
            enter();
            check(
                    cuLaunchKernel(
                            functions.get(function),
                            grid,
                            1,
                            1,
                            threads,
                            1,
                            1,
                            sharedBytes,
                            streams.get(stream),
                            Pointer.to(Pointer.to(params)),
                            null),
                    "launching " + grid + " blocks of " + threads + " threads");
        }

        @Override
        public void close() {
            check(cuDevicePrimaryCtxRelease(device), "closing " + properties.name());
        }
    }
}
