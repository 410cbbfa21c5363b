package io.varlen.internal.cpu;

import io.varlen.attention.Tensor;

/** A matrix in the Java heap. */
record CpuTensor(float[] data, int rows, int columns) implements Tensor {
    /** What every JVM can allocate in one array. */
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    CpuTensor {
        if (rows < 0 || columns < 0 || data.length != rows * (long) columns) {
            throw new IllegalArgumentException(
                    data.length + " elements are not a tensor of [" + rows + ", " + columns + "]");
        }
    }

    static CpuTensor allocate(int rows, int columns) {
        long elements = rows * (long) columns;
        if (elements > MAX_ELEMENTS) {
            throw new IllegalArgumentException("a tensor of [" + rows + ", " + columns + "] has " + elements
                    + " elements; the cpu backend holds at most " + MAX_ELEMENTS + ": use smaller batches");
        }
        return new CpuTensor(new float[(int) elements], rows, columns);
    }

    static CpuTensor of(Tensor tensor) {
        if (tensor instanceof CpuTensor cpu) {
            return cpu;
        }
        throw new IllegalArgumentException("a tensor of another backend: " + tensor.getClass());
    }

    /** Where a row begins. */
    int row(int row) {
        return row * columns;
    }

    /** Adds a row of a tensor of the same shape to that row of this one. */
    void addRow(int row, CpuTensor other) {
        int end = row(row) + columns;
        for (int i = row(row); i < end; i++) {
            data[i] += other.data[i];
        }
    }

    @Override
    public long bytes() {
        return Float.BYTES * (long) data.length;
    }

    @Override
    public float[] toArray() {
        return data.clone();
    }

    /** Nothing to do: the memory is the garbage collector's. */
    @Override
    public void close() {}
}
