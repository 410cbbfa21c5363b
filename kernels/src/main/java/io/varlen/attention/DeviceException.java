package io.varlen.attention;

/** A failure of the device that computes, told apart by what can be done about it. */
public class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What can be done about it. */
    public enum Kind {
        /** The device is not to be had at the moment, and was waited for: the same may work later, nothing of this process is lost. */
        RETRYABLE,
        /** Less work at a time may fit. */
        OUT_OF_MEMORY,
        /** The device's context is lost, and all memory with it: only a new process helps. */
        FATAL,
        /** A mistake of ours, a driver too old for what was asked of it, or a machine not set up for it: it will fail again. */
        USAGE
    }

    private final Kind kind;

    public DeviceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
