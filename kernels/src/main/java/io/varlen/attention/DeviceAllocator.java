package io.varlen.attention;

/**
 * The memory of a GPU as another library of this process manages it, so that both can share the device: RMM, for one. Called by
 * many threads at once.
 */
public interface DeviceAllocator {
    /**
     * Memory for work on the calling thread's default stream, which is CUDA's per-thread one.
     *
     * @return its address, a multiple of 256; what is thrown instead reaches whoever asked for the work, as it is
     */
    long allocate(long bytes);

    /** Takes memory back behind what the calling thread's default stream has been given so far. */
    void free(long address);

    /** Bytes that all who share it have at this moment, as far as it knows. */
    long taken();
}
