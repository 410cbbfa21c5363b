package ai.rapids.cudf;

import java.nio.ByteBuffer;

public class HostMemoryBuffer extends MemoryBuffer {
    public static HostMemoryBuffer allocate(long bytes) {
        throw new UnsupportedOperationException();
    }

    public final ByteBuffer asByteBuffer(long offset, int length) {
        throw new UnsupportedOperationException();
    }
}
