package ai.rapids.cudf;

public abstract class MemoryBuffer implements AutoCloseable {
    public final long getLength() {
        throw new UnsupportedOperationException();
    }

    public final long getAddress() {
        throw new UnsupportedOperationException();
    }

    public final void copyFromMemoryBuffer(
            long destination, MemoryBuffer source, long sourceOffset, long length, Cuda.Stream stream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized void close() {
        throw new UnsupportedOperationException();
    }
}
