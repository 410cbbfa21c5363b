package io.varlen.internal.cuda;

import io.varlen.attention.DeviceException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries again what a device or its driver cannot do at the moment. That is the opening of a device: later calls that fail may have left work
 * half done, and fail the task.
 */
final class Retries {
    /** How often at most; in all that is about three seconds. */
    static final int ATTEMPTS = 6;

    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);

    /** Doubled from one to the next. */
    private static final long FIRST_PAUSE_NANOS = 100_000_000;

    private Retries() {}

    /** What the work gives as soon as it does not fail retryably. */
    static <T> T run(Supplier<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.get();
            } catch (DeviceException e) {
                if (e.kind() != DeviceException.Kind.RETRYABLE || attempt == ATTEMPTS) {
                    throw e;
                }
                LOG.info("attempt {} of {}: {}", attempt, ATTEMPTS, e.getMessage());
            }
            LockSupport.parkNanos(FIRST_PAUSE_NANOS << attempt - 1);
        }
    }
}
