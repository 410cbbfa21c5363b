package io.varlen.jobs.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** Counts what a piece of work takes of the heap. */
final class AllocationMeter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocationMeter() {}

    /**
     * The bytes that are allocated by a new thread that does the work, and by all threads that the work starts and does not
     * end. So what pools of threads or of memory keep from one call to the next counts only if the work makes them anew.
     */
    static long bytes(Runnable work) {
        Set<Long> before = threads();
        long[] bytes = new long[1];
        Throwable[] failure = new Throwable[1];
        Thread worker = new Thread(() -> {
            try {
                work.run();
                bytes[0] = allocatedSince(before);
            } catch (RuntimeException | Error e) {
                failure[0] = e;
            }
        });
        worker.start();
        try {
            worker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        if (failure[0] != null) {
            throw new IllegalStateException(failure[0]);
        }
        return bytes[0];
    }

    private static long allocatedSince(Set<Long> before) {
        return threads().stream()
                .filter(thread -> !before.contains(thread))
                .mapToLong(THREADS::getThreadAllocatedBytes)
                .filter(bytes -> bytes > 0) // -1 of a thread that ended meanwhile
                .sum();
    }

    private static Set<Long> threads() {
        return Arrays.stream(THREADS.getAllThreadIds()).boxed().collect(Collectors.toSet());
    }
}
