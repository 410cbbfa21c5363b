/**
 * SQL functions over a batch of columns in a GPU's memory, for the RAPIDS Accelerator. Start with {@link
 * io.varlen.spark.rapids.RapidsFunction}, what a query's plan holds, {@link io.varlen.spark.rapids.ColumnarFunction}, what it
 * computes over a batch, and {@link io.varlen.spark.rapids.GpuColumns}, all that this needs of cuDF.
 *
 * <p>{@code RapidsFunction} and the classes named {@code Cudf*} and {@code Rmm*} are loaded by name, where RAPIDS is.
 */
package io.varlen.spark.rapids;
