package io.varlen.spark.rapids;

/** All that our functions need of cuDF. What memory pressure makes it throw goes to RAPIDS as it is. */
interface GpuColumns {
    /** cuDF counts the rows of a column, those of its children too, in int32. */
    int MAX_ROWS = Integer.MAX_VALUE;

    /** From RMM, on the calling thread's default stream; aligned to 256 bytes. */
    GpuBuffer allocate(long bytes);

    /** A column, to which all memory then belongs, and which belongs to the caller; if that fails, the memory is given back. */
    GpuColumn column(ColumnParts parts);

    /** To be thrown where a batch is too large: RAPIDS then comes again with each half of its rows. */
    RuntimeException split(String why);

    /** @throws RuntimeException as {@link #split}, if a column of so many rows cannot be */
    default int rows(long count, String what) {
        if (count > MAX_ROWS) {
            throw split(what + " would have " + count + " rows; a column has at most " + MAX_ROWS);
        }
        return (int) count;
    }
}
