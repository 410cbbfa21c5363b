package io.varlen.internal.cuda;

import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The CUDA backend on a {@link TestDevice}, for tests of whatever is written over a backend. */
public final class CudaUnderTest implements AutoCloseable {
    private final Driver driver;
    private final CudaBackend backend;

    /**
     * Skips the test where there is no emulator.
     *
     * @param capability as of a real device: 75 or 80
     * @param megabytes of device memory
     */
    public CudaUnderTest(int capability, Dtype dtype, int megabytes) {
        driver = TestDevice.driver(capability, (long) megabytes << 20);
        backend = new CudaOpening(new CudaSessions(driver), dtype, architecture -> Set.of()).byName();
    }

    public CudaUnderTest(int capability, Dtype dtype) {
        this(capability, dtype, 1024);
    }

    /** A {@code libcuda.so.1} that runs kernels on the emulator, for a JVM that has not loaded another one. */
    public static Path standInDriver() {
        return Emulator.driver();
    }

    public Backend backend() {
        return backend;
    }

    /** How often kernels have been launched, by name; an emulated device alone counts them. */
    public Map<String, Integer> launches() {
        return driver instanceof EmulatedDriver emulated ? emulated.device().launches() : Map.of();
    }

    /** Bytes of device memory that tensors and weights take. */
    public long used() {
        return backend.session().memory().used();
    }

    /** The most that they have taken. */
    public long mostUsed() {
        return backend.session().memory().mostUsed();
    }

    /** Closes the backend, which then must have given everything back. */
    @Override
    public void close() {
        backend.close();
        String leaks =
                driver instanceof EmulatedDriver emulated ? emulated.device().leaks() : "";
        if (!leaks.isEmpty()) {
            throw new AssertionError("not given back: " + leaks);
        }
    }
}
