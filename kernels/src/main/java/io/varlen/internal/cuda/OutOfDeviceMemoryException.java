package io.varlen.internal.cuda;

/** What was asked for is not there within the budget; smaller batches may fit. */
final class OutOfDeviceMemoryException extends CudaException {
    private static final long serialVersionUID = 1L;

    OutOfDeviceMemoryException(String message) {
        super(Kind.OUT_OF_MEMORY, message);
    }
}
