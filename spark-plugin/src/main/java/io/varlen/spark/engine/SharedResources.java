package io.varlen.spark.engine;

import io.varlen.InvalidInputException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens each resource once however many threads ask for it, and closes all of them in the reverse order of their opening.
 *
 * <p>A failure reaches everyone who was waiting; the next one to ask tries again.
 */
final class SharedResources {
    private static final Logger LOG = LoggerFactory.getLogger(SharedResources.class);

    private final Map<Object, CompletableFuture<Object>> resources = new HashMap<>();
    private final Deque<Runnable> closers = new ArrayDeque<>();
    private boolean closed;

    /**
     * The resource of this key.
     *
     * @param open runs in a thread of its own, so that the end of one task does not fail the others that wait with it
     * @param close runs once, after every resource that was opened later has been closed
     * @throws IllegalStateException if this is closed, or if {@code open} failed other than by an
     *     {@link InvalidInputException}, which is passed on
     */
    <T> T get(Object key, Callable<T> open, Consumer<T> close) {
        CompletableFuture<Object> resource;
        boolean first;
        synchronized (this) {
            requireOpen();
            first = !resources.containsKey(key);
            resource = resources.computeIfAbsent(key, k -> new CompletableFuture<>());
        }
        if (first) {
            CompletableFuture<Object> opening = resource;
            Thread thread = new Thread(() -> open(key, opening, open, close), "varlen-open");
            thread.setDaemon(true);
            thread.start();
        }
        return await(key, resource);
    }

    /** Closes everything that is open or still opening, latest first. What fails to close is logged. Idempotent. */
    void close() {
        List<CompletableFuture<Object>> opening;
        synchronized (this) {
            closed = true;
            opening = List.copyOf(resources.values());
        }
        opening.forEach(resource -> resource.exceptionally(failure -> null).join());
        for (Runnable closer = nextCloser(); closer != null; closer = nextCloser()) {
            try {
                closer.run();
            } catch (RuntimeException e) {
                LOG.warn("A resource failed to close", e);
            }
        }
    }

    /** The resources of this type that are open now; opens none. */
    synchronized <T> List<T> opened(Class<T> type) {
        if (closed) {
            return List.of();
        }
        return resources.values().stream()
                .filter(resource -> resource.isDone() && !resource.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** The resource of this key if it is open now; opens none. */
    synchronized <T> Optional<T> opened(Object key, Class<T> type) {
        CompletableFuture<Object> resource = closed ? null : resources.get(key);
        return resource == null || !resource.isDone() || resource.isCompletedExceptionally()
                ? Optional.empty()
                : Optional.of(type.cast(resource.join()));
    }

    synchronized boolean isClosed() {
        return closed;
    }

    private synchronized Runnable nextCloser() {
        return closers.pollLast();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the engine is closed: its Spark application has ended");
        }
    }

    private <T> void open(Object key, CompletableFuture<Object> resource, Callable<T> open, Consumer<T> close) {
        try {
            T value = open.call();
            synchronized (this) {
                closers.addLast(() -> close.accept(value));
            }
            resource.complete(value);
        } catch (
                Throwable
                        failure) { // also a missing native library or too little memory: the waiting tasks must hear it
            synchronized (this) {
                resources.remove(key);
            }
            resource.completeExceptionally(failure);
        }
    }

    @SuppressWarnings("unchecked") // the key tells the type
    private static <T> T await(Object key, CompletableFuture<Object> resource) {
        try {
            return (T) resource.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + key + " was being opened", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof InvalidInputException) {
                throw new InvalidInputException(cause.getMessage(), cause);
            }
            throw new IllegalStateException("cannot open " + key + ": " + cause, cause);
        }
    }
}
