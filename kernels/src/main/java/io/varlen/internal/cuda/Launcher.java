package io.varlen.internal.cuda;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs kernels; a file of kernels is loaded when one of them is first run. Safe for use by many threads at once. */
final class Launcher {
    /** What a function may have without asking. */
    private static final int FREE_SHARED_BYTES = 48 << 10;

    private final Driver.Device device;
    private final Map<String, Long> modules = new ConcurrentHashMap<>();
    private final Map<Kernel, Loaded> functions = new ConcurrentHashMap<>();

    /** A function, and how much shared memory it has been allowed. */
    private record Loaded(long function, int sharedBytes) {}

    Launcher(Driver.Device device) {
        this.device = device;
    }

    /**
     * Runs a kernel in stream order; an empty grid is nothing to do.
     *
     * @param grid thread blocks
     * @param sharedBytes dynamic shared memory per block
     */
    void launch(Kernel kernel, long grid, int sharedBytes, Params params, CudaStream stream) {
        if (grid == 0) {
            return;
        }
        if (grid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(kernel.name() + " would take " + grid
                    + " thread blocks; a grid has at most 2^31 - 1: use smaller batches");
        }
        long function = function(kernel, sharedBytes);
        device.launch(function, (int) grid, kernel.threads(), sharedBytes, params.bytes(), stream.handle());
    }

    private long function(Kernel kernel, int sharedBytes) {
        Loaded known = functions.get(kernel);
        if (known == null || known.sharedBytes < sharedBytes) {
            known = functions.compute(kernel, (some, before) -> load(some, before, sharedBytes));
        }
        return known.function;
    }

    private Loaded load(Kernel kernel, Loaded before, int sharedBytes) {
        long function = before == null
                ? device.function(modules.computeIfAbsent(kernel.file(), device::load), kernel.name())
                : before.function;
        int allowed = before == null ? FREE_SHARED_BYTES : before.sharedBytes;
        if (sharedBytes > allowed) {
            device.allowShared(function, sharedBytes);
        }
        return new Loaded(function, Math.max(allowed, sharedBytes));
    }
}
