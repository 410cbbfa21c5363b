package io.varlen.internal.cuda;

import io.varlen.attention.DeviceException;
import io.varlen.attention.DeviceException.Kind;
import io.varlen.attention.OutOfDeviceMemoryException;
import java.util.Set;

/** What the driver's error codes (CUresult) mean for whoever called. */
final class CudaErrors {
    private static final int OUT_OF_MEMORY = 2;

    /**
     * Behind these every later call fails: deinitialised, ECC, NVLink, illegal address, timeout, context destroyed, assertion, the
     * kernel's faults from hardware stack to launch failure, the connection to MPS, external device, unknown.
     */
    private static final Set<Integer> FATAL =
            Set.of(4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 806, 810, 911, 999);

    /**
     * What the driver's manual calls so for the moment: a device that another process has for itself, a system that is not ready
     * yet, an MPS server that is not there yet or recovers, or has as many clients or connections as it can. All of them come up when a device is
     * opened.
     */
    private static final Set<Integer> RETRYABLE = Set.of(46, 802, 805, 807, 808, 809);

    /** Of a module: an image that is none, none for this device, PTX that does not compile or is too new. */
    private static final Set<Integer> REFUSED_BINARY = Set.of(200, 209, 218, 222);

    private CudaErrors() {}

    /** Whether another form of the same kernels may do. */
    static boolean isRefusedBinary(int code) {
        return REFUSED_BINARY.contains(code);
    }

    static Kind kind(int code) {
        if (code == OUT_OF_MEMORY) {
            return Kind.OUT_OF_MEMORY;
        }
        return FATAL.contains(code) ? Kind.FATAL : RETRYABLE.contains(code) ? Kind.RETRYABLE : Kind.USAGE;
    }

    /**
     * @param name the driver's name of the code
     * @param what was being done, with whom
     */
    static DeviceException exception(int code, String name, String what) {
        String message = what + ": " + name + " (" + code + ")";
        return switch (kind(code)) {
            case OUT_OF_MEMORY -> new OutOfDeviceMemoryException(message);
            case FATAL ->
                new DeviceException(
                        Kind.FATAL, message + "; the device's context is lost, so this process can use it no more");
            case RETRYABLE -> new DeviceException(Kind.RETRYABLE, message + "; trying again may help");
            case USAGE -> new DeviceException(Kind.USAGE, message);
        };
    }
}
