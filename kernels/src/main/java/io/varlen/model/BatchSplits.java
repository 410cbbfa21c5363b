package io.varlen.model;

/** How often a batch was computed in two parts because its device had not the memory for the whole, counted by thread. */
public final class BatchSplits {
    private static final ThreadLocal<Long> COUNT = ThreadLocal.withInitial(() -> 0L);

    private BatchSplits() {}

    /** How many there have been in this thread since it last asked. */
    public static long take() {
        long count = COUNT.get();
        COUNT.remove();
        return count;
    }

    static void add() {
        COUNT.set(COUNT.get() + 1);
    }
}
