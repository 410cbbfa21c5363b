package ai.rapids.cudf;

import java.util.List;
import java.util.Optional;

public final class ColumnVector extends ColumnView {
    public ColumnVector(
            DType type,
            long rows,
            Optional<Long> nullCount,
            DeviceMemoryBuffer dataBuffer,
            DeviceMemoryBuffer validityBuffer,
            DeviceMemoryBuffer offsetBuffer,
            List<DeviceMemoryBuffer> toClose,
            long[] childHandles) {}

    public static ColumnVector empty(HostColumnVector.DataType colType) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ColumnVector copyToColumnVector() {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized void close() {
        throw new UnsupportedOperationException();
    }
}
