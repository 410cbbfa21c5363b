package io.varlen.attention;

/** What was asked for is not there within the budget of device memory; smaller batches may fit. */
public final class OutOfDeviceMemoryException extends DeviceException {
    private static final long serialVersionUID = 1L;

    public OutOfDeviceMemoryException(String message) {
        super(Kind.OUT_OF_MEMORY, message);
    }
}
