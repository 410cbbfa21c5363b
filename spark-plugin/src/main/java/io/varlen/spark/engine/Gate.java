package io.varlen.spark.engine;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** Lets any number of threads use a resource, and closes it once, when the last of them is out and nobody may enter. */
final class Gate {
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /** @throws IllegalStateException if the gate is closed */
    <T> T inside(Supplier<T> use) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the engine is closed: its Spark application has ended");
            }
            return use.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Waits until nobody is inside, then runs {@code release}; later calls do nothing. */
    void close(Runnable release) {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                release.run();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
