package io.varlen.spark.internal;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** Iterators that hold a resource while a task uses them. */
public final class TaskIterators {
    private TaskIterators() {}

    /** The iterator, to be closed when the running task ends, however it ends. */
    public static <T, I extends Iterator<T> & Closeable> Iterator<T> closing(I iterator) {
        closeAtEnd(iterator);
        return iterator;
    }

    /** Closes the resource when the running task ends, however it ends. */
    public static void closeAtEnd(Closeable resource) {
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> {
            try {
                resource.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
