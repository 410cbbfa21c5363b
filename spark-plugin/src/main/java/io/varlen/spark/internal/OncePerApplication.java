package io.varlen.spark.internal;

import java.lang.ref.WeakReference;

/** Tells the first of several who ask on behalf of one Spark application. */
public final class OncePerApplication {
    private WeakReference<Object> last = new WeakReference<>(null);

    /** @param application whatever lives as long as the application does; by identity */
    public synchronized boolean isFirst(Object application) {
        if (last.get() == application) {
            return false;
        }
        last = new WeakReference<>(application);
        return true;
    }
}
