package io.varlen.spark.rapids;

/** What a SQL function computes over a batch. Called by many threads at once; the same again gives the same. */
interface ColumnarFunction {
    /**
     * The column of results.
     *
     * @param memory where it and all scratch come from
     * @param rows of each argument and of the result
     * @param arguments are left as they are, and open
     * @return belongs to the caller
     */
    GpuColumn evaluate(GpuColumns memory, int rows, GpuColumn... arguments);
}
