package io.varlen.internal.cuda;

import io.varlen.InvalidInputException;
import io.varlen.attention.DeviceAllocator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The devices in use: one session each, whatever the number of backends and dtypes on it, so that they share its memory and its
 * budget. Safe for use by many threads at once.
 */
final class CudaSessions {
    private static CudaSessions process;
    private static volatile DeviceAllocator allocator;

    private final Driver driver;
    private final Map<Integer, CudaSession> sessions = new HashMap<>();

    CudaSessions(Driver driver) {
        this.driver = driver;
    }

    /**
     * Those of this process.
     *
     * @throws InvalidInputException if there is no driver, or it does not work; the message says why in a few words
     */
    static synchronized CudaSessions ofProcess() {
        if (process == null) {
            process = new CudaSessions(JCudaDriver.load());
        }
        return process;
    }

    /** Where the memory of devices that are opened from now on comes from; null for the driver. */
    static void allocateBy(DeviceAllocator from) {
        allocator = from;
    }

    /** Those that can be opened. */
    List<DeviceProperties> devices() {
        return driver.devices();
    }

    /** The same devices, as others know them. */
    List<DeviceIdentity> identities() {
        return devices().stream()
                .map(device -> driver.identity(device.ordinal()))
                .toList();
    }

    /**
     * The session of a device, for one more user, who closes it. A device that is not to be had at the moment is waited for, for seconds.
     *
     * @param ordinal of {@link DeviceProperties#ordinal()}
     * @param budget bytes of device memory; asked if nobody uses the device yet
     */
    synchronized CudaSession open(int ordinal, ToLongFunction<Driver.Device> budget) {
        CudaSession known = sessions.get(ordinal);
        if (known != null && known.share()) {
            return known;
        }
        Driver.Device device = Retries.run(() -> driver.open(ordinal));
        try {
            DeviceAllocator hosting = allocator;
            CudaSession session = hosting == null
                    ? new CudaSession(device, budget.applyAsLong(device))
                    : new CudaSession(device, hosting);
            sessions.put(ordinal, session);
            return session;
        } catch (RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }
}
