package io.varlen.attention;

import io.varlen.InvalidInputException;
import io.varlen.internal.cpu.CpuBackend;
import io.varlen.internal.cuda.CudaBackend;
import io.varlen.natives.NativeDirectory;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what computes. */
public final class Backends {
    /** The fastest backend that works on this machine. */
    public static final String AUTO = "auto";

    /** On the processor. */
    public static final String CPU = CpuBackend.NAME;

    /** On an NVIDIA GPU. */
    public static final String CUDA = CudaBackend.NAME;

    /** The system property that chooses among the GPUs that the driver shows; 0, the default, is the first one. */
    public static final String CUDA_DEVICE = "varlen.cuda.device";

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    private Backends() {}

    /**
     * GPUs that are opened from now on take all memory from there, that of parameters too, and work on each calling thread's default
     * stream. For whoever shares the device with another library in this process; called before the first GPU is opened.
     *
     * @param allocator null for the driver's own memory again
     */
    public static void allocateBy(DeviceAllocator allocator) {
        CudaBackend.allocateBy(allocator);
    }

    /** Opens a backend that multiplies in fp32. */
    public static Backend open(String name, int threads) {
        return open(name, threads, Dtype.FP32);
    }

    /** Opens a backend, on a GPU on the one that {@value #CUDA_DEVICE} chooses. */
    public static Backend open(String name, int threads, Dtype dtype) {
        return open(name, threads, dtype, null);
    }

    /**
     * Opens a backend.
     *
     * @param name {@value #AUTO}, {@value #CPU} or {@value #CUDA}
     * @param threads how many threads of the host one call may use, the caller's among them; in Spark {@code spark.task.cpus}
     * @param dtype in what its linear layers multiply
     * @param gpu on which GPU, if any, as a cluster manager names it: a number as {@code nvidia-smi} counts, {@code GPU-<UUID>} or
     *     {@code MIG-<UUID>}; null for the one that {@value #CUDA_DEVICE} chooses
     * @throws InvalidInputException if there is no such backend, or the one named does not work on this machine, or not with
     *     that dtype; or if native libraries cannot be unpacked, or another copy of the jar in this JVM has loaded them
     */
    public static Backend open(String name, int threads, Dtype dtype, String gpu) {
        NativeDirectory.prepare(); // refuses what would otherwise look as if a library did not work here
        return switch (name) {
            case AUTO -> auto(threads, dtype, gpu);
            case CPU -> CpuBackend.open(threads, dtype);
            case CUDA -> cuda(dtype, gpu);
            default -> throw new InvalidInputException("there is no backend '" + name + "'; use cpu, cuda or auto");
        };
    }

    private static Backend cuda(Dtype dtype, String gpu) {
        try {
            return CudaBackend.open(dtype, gpu);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(
                    "backend cuda is not available: " + e.getMessage() + "; use cpu or auto", e);
        }
    }

    private static Backend auto(int threads, Dtype dtype, String gpu) {
        String whyNotCuda;
        try {
            Backend backend = CudaBackend.openProven(dtype, gpu);
            LOG.info("backend auto: {}, {}", backend.name(), backend.description());
            return backend;
        } catch (InvalidInputException | DeviceException e) {
            whyNotCuda = e.getMessage();
        }
        Backend backend;
        try {
            backend = CpuBackend.open(threads, dtype);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(e.getMessage() + "; not cuda: " + whyNotCuda, e);
        }
        LOG.info("backend auto: {}, {}; not cuda: {}", backend.name(), backend.description(), whyNotCuda);
        return backend;
    }

    /** The GPUs that the driver shows; none where there is no driver. Opens none of them. */
    public static List<Gpu> gpus() {
        try {
            return CudaBackend.gpus();
        } catch (InvalidInputException | DeviceException e) {
            return List.of();
        }
    }

    /** Why {@value #AUTO} does not choose a GPU on this machine, in one line; empty if it does. */
    public static Optional<String> whyNotCuda() {
        return whyNotCuda(null);
    }

    /**
     * Why {@value #AUTO} does not choose that GPU, in one line; empty if it does.
     *
     * @param gpu as {@link #open(String, int, Dtype, String)} takes it
     */
    public static Optional<String> whyNotCuda(String gpu) {
        try {
            CudaBackend.openProven(Dtype.AUTO, gpu).close();
            return Optional.empty();
        } catch (InvalidInputException | DeviceException e) {
            return Optional.of(e.getMessage());
        }
    }
}
