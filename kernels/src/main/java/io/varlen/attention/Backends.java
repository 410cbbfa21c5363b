package io.varlen.attention;

import io.varlen.InvalidInputException;
import io.varlen.internal.cpu.CpuBackend;
import io.varlen.internal.cuda.CudaBackend;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what computes. */
public final class Backends {
    /** The fastest backend that works on this machine. */
    public static final String AUTO = "auto";

    /** The system property that chooses among the GPUs that the driver shows; 0, the default, is the first one. */
    public static final String CUDA_DEVICE = "varlen.cuda.device";

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    private Backends() {}

    /** Opens a backend that multiplies in fp32. */
    public static Backend open(String name, int threads) {
        return open(name, threads, Dtype.FP32);
    }

    /**
     * Opens a backend.
     *
     * @param name {@value #AUTO}, {@code cpu} or {@code cuda}
     * @param threads how many threads of the host one call may use, the caller's among them; in Spark {@code spark.task.cpus}
     * @param dtype in what its linear layers multiply
     * @throws InvalidInputException if there is no such backend, or the one named does not work on this machine, or not with
     *     that dtype
     */
    public static Backend open(String name, int threads, Dtype dtype) {
        return switch (name) {
            case AUTO -> auto(threads, dtype);
            case CpuBackend.NAME -> CpuBackend.open(threads, dtype);
            case CudaBackend.NAME -> cuda(dtype);
            default -> throw new InvalidInputException("there is no backend '" + name + "'; use cpu, cuda or auto");
        };
    }

    private static Backend cuda(Dtype dtype) {
        try {
            return CudaBackend.open(dtype);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(
                    "backend cuda is not available: " + e.getMessage() + "; use cpu or auto", e);
        }
    }

    private static Backend auto(int threads, Dtype dtype) {
        String whyNotCuda;
        try {
            Backend backend = CudaBackend.openProven(dtype);
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

    /** Why {@value #AUTO} does not choose a GPU on this machine, in one line; empty if it does. */
    public static Optional<String> whyNotCuda() {
        try {
            CudaBackend.openProven(Dtype.AUTO).close();
            return Optional.empty();
        } catch (InvalidInputException | DeviceException e) {
            return Optional.of(e.getMessage());
        }
    }
}
