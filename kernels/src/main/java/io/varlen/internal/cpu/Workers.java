package io.varlen.internal.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;

/** Runs the independent items of one operation on the caller's thread and, if there are more, on helpers. */
final class Workers implements AutoCloseable {
    private final int threads;
    private final ExecutorService helpers;

    /** @param threads how many threads one operation may use, the caller's among them */
    Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads per call; at least the caller's own is needed");
        }
        this.threads = threads;
        this.helpers = threads == 1 ? null : Executors.newCachedThreadPool(Workers::daemon);
    }

    int threads() {
        return threads;
    }

    /**
     * Runs the items {@code 0..items-1}, each once, in no particular order, and returns when all are done.
     *
     * <p>What an item throws is thrown here, the first failure found, after all threads have stopped.
     *
     * @param work is asked for one consumer per thread, which may hold scratch memory
     */
    void run(int items, Supplier<IntConsumer> work) {
        run(items, work, IntConsumer::accept, consumer -> {});
    }

    /**
     * The same with something that each thread opens for itself before its first item and closes behind its last one, also
     * where an item fails.
     */
    <S> void run(int items, Supplier<S> open, ObjIntConsumer<S> work, Consumer<S> close) {
        AtomicInteger next = new AtomicInteger();
        Runnable loop = () -> {
            S own = open.get();
            try {
                for (int i = next.getAndIncrement(); i < items; i = next.getAndIncrement()) {
                    work.accept(own, i);
                }
            } finally {
                close.accept(own);
            }
        };
        List<Future<?>> others = new ArrayList<>();
        Throwable failure = null;
        try {
            for (int i = 1; i < Math.min(threads, items); i++) {
                others.add(helpers.submit(loop));
            }
            loop.run();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        for (Future<?> other : others) {
            Throwable theirs = await(other);
            failure = failure == null ? theirs : failure;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure; // the loop throws nothing checked
        }
    }

    @Override
    public void close() {
        if (helpers != null) {
            helpers.shutdown();
        }
    }

    /**
     * What the helper threw, or null. Not even an interrupted or failed caller leaves before its helpers: they write into
     * its tensors.
     */
    private static Throwable await(Future<?> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    future.get();
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    return e.getCause();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "varlen-cpu");
        thread.setDaemon(true);
        return thread;
    }
}
