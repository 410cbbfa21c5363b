package io.varlen.spark.rapids;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.ColumnView;
import ai.rapids.cudf.DType;
import java.util.Map;

/** A column of cuDF, in the device memory of this process. */
record CudfColumn(ColumnView view) implements GpuColumn {
    private static final Map<DType, ColumnKind> KINDS = Map.of(
            DType.BOOL8, ColumnKind.BOOLEAN,
            DType.INT8, ColumnKind.BYTE,
            DType.UINT8, ColumnKind.BYTE,
            DType.INT32, ColumnKind.INT,
            DType.INT64, ColumnKind.LONG,
            DType.FLOAT32, ColumnKind.FLOAT,
            DType.FLOAT64, ColumnKind.DOUBLE,
            DType.STRING, ColumnKind.STRING,
            DType.LIST, ColumnKind.LIST,
            DType.STRUCT, ColumnKind.STRUCT);

    @Override
    public ColumnKind kind() {
        ColumnKind kind = KINDS.get(view.getType());
        if (kind == null) {
            throw new IllegalStateException("a column of cuDF's type " + view.getType());
        }
        return kind;
    }

    @Override
    public int rows() {
        return (int) view.getRowCount();
    }

    @Override
    public GpuMemory validity() {
        return CudfBuffer.View.of(view.getValid());
    }

    @Override
    public GpuMemory offsets() {
        return CudfBuffer.View.of(view.getOffsets());
    }

    @Override
    public GpuMemory data() {
        return CudfBuffer.View.of(view.getData());
    }

    @Override
    public GpuColumn child(int index) {
        return new CudfColumn(view.getChildColumnView(index));
    }

    @Override
    public GpuColumn copy() {
        return new CudfColumn(view.copyToColumnVector());
    }

    /** As RAPIDS takes a result. */
    ColumnVector vector() {
        return (ColumnVector) view;
    }

    @Override
    public void close() {
        view.close();
    }
}
