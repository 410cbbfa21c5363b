package io.varlen.internal.cuda;

/** A failure of the CUDA driver, told apart by what can be done about it. */
class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What can be done about it. */
    enum Kind {
        /** The same call may work the next time, or for someone else's mistake: nothing of this process is lost. */
        RETRYABLE,
        /** Less work at a time may fit. */
        OUT_OF_MEMORY,
        /** The context is lost, and with it all memory: only a new process helps. */
        FATAL,
        /** A mistake of ours, or a driver too old for what was asked of it; it will fail again. */
        USAGE
    }

    private final Kind kind;

    CudaException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
