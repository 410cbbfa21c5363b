package ai.rapids.cudf;

import java.util.Optional;

public class ColumnView implements AutoCloseable {
    ColumnView() {}

    public ColumnView(
            DType type,
            long rows,
            Optional<Long> nullCount,
            BaseDeviceMemoryBuffer validityBuffer,
            BaseDeviceMemoryBuffer offsetBuffer,
            ColumnView[] nestedChildren) {}

    public ColumnView(
            DType type,
            long rows,
            Optional<Long> nullCount,
            BaseDeviceMemoryBuffer dataBuffer,
            BaseDeviceMemoryBuffer validityBuffer) {}

    public ColumnView(
            DType type,
            long rows,
            Optional<Long> nullCount,
            BaseDeviceMemoryBuffer dataBuffer,
            BaseDeviceMemoryBuffer validityBuffer,
            BaseDeviceMemoryBuffer offsetBuffer) {}

    public ColumnVector copyToColumnVector() {
        throw new UnsupportedOperationException();
    }

    public final long getNativeView() {
        throw new UnsupportedOperationException();
    }

    public final DType getType() {
        throw new UnsupportedOperationException();
    }

    public final ColumnView getChildColumnView(int childIndex) {
        throw new UnsupportedOperationException();
    }

    public final BaseDeviceMemoryBuffer getData() {
        throw new UnsupportedOperationException();
    }

    public final BaseDeviceMemoryBuffer getOffsets() {
        throw new UnsupportedOperationException();
    }

    public final BaseDeviceMemoryBuffer getValid() {
        throw new UnsupportedOperationException();
    }

    public final long getRowCount() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
