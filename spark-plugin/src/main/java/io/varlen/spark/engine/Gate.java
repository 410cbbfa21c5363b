package io.varlen.spark.engine;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Lets any number of threads use a resource, and closes it once, when the last of them is out and nobody may enter.
 *
 * <p>Threads enter by different locks. Whoever enters writes to a lock, and one lock for all would go from processor to
 * processor with each document: four threads that tokenized spent a third of their time on that.
 */
final class Gate {
    private static final int LOCKS = 64;

    private final ReadWriteLock[] locks =
            Stream.generate(ReentrantReadWriteLock::new).limit(LOCKS).toArray(ReadWriteLock[]::new);
    private boolean closed;

    /** @throws IllegalStateException if the gate is closed */
    <T> T inside(Supplier<T> use) {
        Lock lock = locks[(int) (Thread.currentThread().getId() % LOCKS)].readLock();
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the engine is closed: its Spark application has ended");
            }
            return use.get();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nobody is inside, then runs {@code release}; later calls do nothing. */
    void close(Runnable release) {
        close(0, release);
    }

    /** Holds all locks at once, as nobody may be inside by any of them. */
    private void close(int first, Runnable release) {
        if (first < LOCKS) {
            locks[first].writeLock().lock();
            try {
                close(first + 1, release);
            } finally {
                locks[first].writeLock().unlock();
            }
        } else if (!closed) {
            closed = true;
            release.run();
        }
    }
}
