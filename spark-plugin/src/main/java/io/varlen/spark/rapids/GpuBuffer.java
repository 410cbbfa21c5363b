package io.varlen.spark.rapids;

import java.nio.ByteBuffer;

/** Memory of one's own. */
interface GpuBuffer extends GpuMemory, AutoCloseable {
    /** Copies the buffer's rest to {@code to}, and has done so when this returns. */
    void write(long to, ByteBuffer from);

    /** Gives it back; in order, where the calling thread's stream still works on it. */
    @Override
    void close();
}
