package io.varlen.spark.rapids;

import java.nio.ByteBuffer;

/** Some bytes in a GPU's memory that belong to somebody. */
interface GpuMemory {
    /** As kernels take it. */
    long address();

    long bytes();

    /** Copies bytes from {@code from} on into the buffer's rest; what the calling thread's stream does to them is done first. */
    void read(long from, ByteBuffer to);
}
