package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;

/**
 * Lets a few threads at once use a backend, in the order in which they ask; what is not computing, as tokenizing, needs none.
 * A thread that computes may ask again from within: it has the permit already.
 *
 * <p>Ours and not a {@link java.util.concurrent.Semaphore}: a task that is killed without an interrupt, which is Spark's default,
 * must leave the line, and looking for that from time to time costs a place in a semaphore's.
 */
final class ComputePermit {
    private static final long LOOK_MILLIS = 100;

    private final ComputeListener listener;
    private final boolean limited;
    private final Deque<Thread> waiting = new ArrayDeque<>();
    private final ThreadLocal<Boolean> held = ThreadLocal.withInitial(() -> false);
    private final AtomicInteger computing = new AtomicInteger();
    private int free;

    private ComputePermit(boolean limited, int free, ComputeListener listener) {
        this.limited = limited;
        this.free = free;
        this.listener = listener;
    }

    /** @param atOnce how many threads may compute at the same time */
    static ComputePermit limited(int atOnce, ComputeListener listener) {
        return new ComputePermit(true, atOnce, listener);
    }

    /** Nobody waits, but computing is listened to. */
    static ComputePermit unlimited(ComputeListener listener) {
        return new ComputePermit(false, 0, listener);
    }

    /**
     * A processor is shared out by Spark, whose tasks have its cores; a device is not, unless RAPIDS does it. Its memory lets a task wait
     * for another one's, which therefore must not wait for the first one's permit.
     */
    static ComputePermit of(Backend backend, int tasksPerDevice, ComputeListener listener) {
        return backend.isHosted() || backend.name().equals(Backends.CPU)
                ? unlimited(listener)
                : limited(tasksPerDevice, listener);
    }

    /**
     * What the work gives, once it is this thread's turn.
     *
     * @throws IllegalStateException if the thread was interrupted or its task killed while it waited
     */
    <T> T inside(Supplier<T> work) {
        if (held.get()) {
            return work.get();
        }
        if (!limited) {
            return compute(work);
        }
        long asked = System.nanoTime();
        try {
            take();
        } catch (RuntimeException e) {
            listener.waited(System.nanoTime() - asked);
            throw e;
        }
        try {
            listener.waited(System.nanoTime() - asked);
            return compute(work);
        } finally {
            giveBack();
        }
    }

    private <T> T compute(Supplier<T> work) {
        held.set(true);
        computing.incrementAndGet();
        long begun = System.nanoTime();
        try {
            return work.get();
        } finally {
            held.remove();
            computing.decrementAndGet();
            listener.computed(System.nanoTime() - begun);
        }
    }

    /** How many threads compute at this moment. */
    int computing() {
        return computing.get();
    }

    /** How many threads wait. */
    synchronized int waiting() {
        return waiting.size();
    }

    private synchronized void take() {
        Thread me = Thread.currentThread();
        waiting.add(me);
        try {
            while (free == 0 || waiting.peek() != me) {
                requireAlive();
                wait(LOOK_MILLIS);
            }
            free--;
        } catch (InterruptedException e) {
            me.interrupt();
            throw new IllegalStateException("interrupted while waiting for the GPU", e);
        } finally {
            waiting.remove(me);
            notifyAll();
        }
    }

    private static void requireAlive() {
        TaskContext task = TaskContext.get();
        if (task != null && task.isInterrupted()) {
            throw new IllegalStateException("the task was killed while waiting for the GPU");
        }
    }

    private synchronized void giveBack() {
        free++;
        notifyAll();
    }
}
