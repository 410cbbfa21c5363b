package io.varlen.spark.rapids;

import ai.rapids.cudf.BaseDeviceMemoryBuffer;
import ai.rapids.cudf.Cuda;
import ai.rapids.cudf.DeviceMemoryBuffer;
import ai.rapids.cudf.HostMemoryBuffer;
import java.nio.ByteBuffer;

/** Memory from RMM. */
record CudfBuffer(DeviceMemoryBuffer buffer) implements GpuBuffer {
    /** What is copied at once between the heap and the device, through memory that is in neither. */
    private static final int PIECE = 16 << 20;

    @Override
    public long address() {
        return buffer.getAddress();
    }

    @Override
    public long bytes() {
        return buffer.getLength();
    }

    @Override
    public void read(long from, ByteBuffer to) {
        read(buffer, from, to);
    }

    static void read(BaseDeviceMemoryBuffer buffer, long from, ByteBuffer to) {
        try (HostMemoryBuffer piece = HostMemoryBuffer.allocate(Math.min(PIECE, to.remaining()))) {
            while (to.hasRemaining()) {
                int bytes = Math.min(PIECE, to.remaining());
                piece.copyFromMemoryBuffer(0, buffer, from, bytes, Cuda.DEFAULT_STREAM);
                to.put(piece.asByteBuffer(0, bytes));
                from += bytes;
            }
        }
    }

    @Override
    public void write(long to, ByteBuffer from) {
        try (HostMemoryBuffer piece = HostMemoryBuffer.allocate(Math.min(PIECE, from.remaining()))) {
            while (from.hasRemaining()) {
                int bytes = Math.min(PIECE, from.remaining());
                piece.asByteBuffer(0, bytes).put(from.slice(from.position(), bytes));
                buffer.copyFromMemoryBuffer(to, piece, 0, bytes, Cuda.DEFAULT_STREAM);
                from.position(from.position() + bytes);
                to += bytes;
            }
        }
    }

    @Override
    public void close() {
        buffer.close();
    }

    /** Memory of a column. */
    record View(BaseDeviceMemoryBuffer buffer) implements GpuMemory {
        static View of(BaseDeviceMemoryBuffer buffer) {
            return buffer == null ? null : new View(buffer);
        }

        @Override
        public long address() {
            return buffer.getAddress();
        }

        @Override
        public long bytes() {
            return buffer.getLength();
        }

        @Override
        public void read(long from, ByteBuffer to) {
            CudfBuffer.read(buffer, from, to);
        }
    }
}
