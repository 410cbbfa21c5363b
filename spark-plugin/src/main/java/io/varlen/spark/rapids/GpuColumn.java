package io.varlen.spark.rapids;

/**
 * A column in a GPU's memory, in Arrow's layout. A function's arguments are its caller's and are never closed; what {@link
 * #child} and {@link #copy} give is to be closed.
 *
 * <p>cuDF gives wrong addresses for a column that is a slice of another: the start of the memory plus as many <em>bytes</em> as
 * rows are left out. Arguments of RAPIDS are whole columns; where offsets do not fit what they lead into, {@link #copy} is one.
 */
interface GpuColumn extends AutoCloseable {
    ColumnKind kind();

    int rows();

    /** A bit per row, the lowest first, 1 for what is not null; null if nothing is. */
    GpuMemory validity();

    /** {@code int32[rows + 1]}, which need not begin with 0; null if there are no rows. */
    GpuMemory offsets();

    /** The rows' values or the bytes of a string column; null if there are none. */
    GpuMemory data();

    /** A list's elements, or a field of structs. */
    GpuColumn child(int index);

    /** A column of the same rows that is no slice. */
    GpuColumn copy();

    @Override
    void close();
}
