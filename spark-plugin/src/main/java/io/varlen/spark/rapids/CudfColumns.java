package io.varlen.spark.rapids;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.ColumnView;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DeviceMemoryBuffer;
import ai.rapids.cudf.HostColumnVector;
import com.nvidia.spark.rapids.jni.GpuSplitAndRetryOOM;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** cuDF itself. */
final class CudfColumns implements GpuColumns {
    @Override
    public GpuBuffer allocate(long bytes) {
        return new CudfBuffer(DeviceMemoryBuffer.allocate(Math.max(1, bytes))); // of nothing there is no address
    }

    @Override
    public RuntimeException split(String why) {
        return new GpuSplitAndRetryOOM(why);
    }

    @Override
    public GpuColumn column(ColumnParts parts) {
        if (parts.rows() == 0) { // where cuDF has neither offsets nor data
            parts.buffers().forEach(GpuBuffer::close);
            return new CudfColumn(ColumnVector.empty(shape(parts)));
        }
        List<ColumnView> children = new ArrayList<>();
        try {
            for (ColumnParts child : parts.children()) {
                children.add(view(child));
            }
            return new CudfColumn(new ColumnVector(
                    type(parts.kind()),
                    parts.rows(),
                    nulls(parts),
                    buffer(parts.data()),
                    buffer(parts.validity()),
                    buffer(parts.offsets()),
                    new ArrayList<>(parts.children().stream()
                            .flatMap(ColumnParts::buffers)
                            .map(CudfColumns::buffer)
                            .toList()),
                    children.stream().mapToLong(ColumnView::getNativeView).toArray()));
        } catch (RuntimeException | Error e) {
            parts.buffers().forEach(GpuBuffer::close);
            throw e;
        } finally {
            children.forEach(ColumnView::close); // the views alone; the memory is the column's
        }
    }

    private static ColumnView view(ColumnParts parts) {
        if (parts.children().isEmpty()) {
            return parts.kind().hasOffsets()
                    ? new ColumnView(
                            type(parts.kind()),
                            parts.rows(),
                            nulls(parts),
                            buffer(parts.data()),
                            buffer(parts.validity()),
                            buffer(parts.offsets()))
                    : new ColumnView(
                            type(parts.kind()),
                            parts.rows(),
                            nulls(parts),
                            buffer(parts.data()),
                            buffer(parts.validity()));
        }
        List<ColumnView> children = new ArrayList<>();
        try {
            for (ColumnParts child : parts.children()) {
                children.add(view(child));
            }
            return new ColumnView(
                    type(parts.kind()),
                    parts.rows(),
                    nulls(parts),
                    buffer(parts.validity()),
                    buffer(parts.offsets()),
                    children.toArray(ColumnView[]::new));
        } finally {
            children.forEach(ColumnView::close);
        }
    }

    private static Optional<Long> nulls(ColumnParts parts) {
        return Optional.of((long) parts.nulls());
    }

    private static DeviceMemoryBuffer buffer(GpuBuffer buffer) {
        return buffer == null ? null : ((CudfBuffer) buffer).buffer();
    }

    private static HostColumnVector.DataType shape(ColumnParts parts) {
        List<HostColumnVector.DataType> children =
                parts.children().stream().map(CudfColumns::shape).toList();
        return switch (parts.kind()) {
            case LIST -> new HostColumnVector.ListType(true, children.get(0));
            case STRUCT -> new HostColumnVector.StructType(true, children);
            default -> new HostColumnVector.BasicType(true, type(parts.kind()));
        };
    }

    private static DType type(ColumnKind kind) {
        return switch (kind) {
            case BOOLEAN -> DType.BOOL8;
            case BYTE -> DType.UINT8; // as RAPIDS has it in a binary column
            case INT -> DType.INT32;
            case LONG -> DType.INT64;
            case FLOAT -> DType.FLOAT32;
            case DOUBLE -> DType.FLOAT64;
            case STRING -> DType.STRING;
            case LIST -> DType.LIST;
            case STRUCT -> DType.STRUCT;
        };
    }
}
