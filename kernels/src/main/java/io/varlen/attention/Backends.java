package io.varlen.attention;

import io.varlen.InvalidInputException;
import io.varlen.internal.cpu.CpuBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what computes. */
public final class Backends {
    /** The fastest backend that works on this machine. */
    public static final String AUTO = "auto";

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    private Backends() {}

    /** Opens a backend that multiplies in fp32. */
    public static Backend open(String name, int threads) {
        return open(name, threads, Dtype.FP32);
    }

    /**
     * Opens a backend.
     *
     * @param name {@value #AUTO} or {@code cpu}
     * @param threads how many threads one call may use, the caller's among them; in Spark {@code spark.task.cpus}
     * @param dtype in what its linear layers multiply
     * @throws InvalidInputException if there is no such backend, or the one named does not work on this machine, or not with
     *     that dtype
     */
    public static Backend open(String name, int threads, Dtype dtype) {
        switch (name) {
            case AUTO -> {
                Backend backend = CpuBackend.open(threads, dtype);
                LOG.info(
                        "backend auto: {}, {}; this version has no backend for GPUs",
                        backend.name(),
                        backend.description());
                return backend;
            }
            case CpuBackend.NAME -> {
                return CpuBackend.open(threads, dtype);
            }
            case "cuda" ->
                throw new InvalidInputException(
                        "backend cuda is not available: this version has no backend for GPUs; use cpu or auto");
            default -> throw new InvalidInputException("there is no backend '" + name + "'; use cpu or auto");
        }
    }
}
