package io.varlen.spark.internal;

import java.lang.ref.WeakReference;

/** Tells the first of several who ask on behalf of the same part of one Spark application. */
public final class OncePerApplication {
    private WeakReference<Object> last = new WeakReference<>(null);
    private String lastPart;

    /**
     * @param application whatever lives as long as the application does, by identity; null, of which everybody is the first, where
     *     there is none
     * @param part an executor's id, for one
     */
    public synchronized boolean isFirst(Object application, String part) {
        if (application != null && last.get() == application && part.equals(lastPart)) {
            return false;
        }
        last = new WeakReference<>(application);
        lastPart = part;
        return true;
    }
}
