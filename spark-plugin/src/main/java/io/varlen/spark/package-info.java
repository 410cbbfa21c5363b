/**
 * The Spark plugin and its configuration. Start with {@link io.varlen.spark.Varlen}, which is what the jobs do as calls from
 * DataFrame to DataFrame, {@link io.varlen.spark.VarlenPlugin}, which opens the engine of an executor early and closes it in
 * order, and {@link io.varlen.spark.VarlenConf}, which lists every key.
 */
package io.varlen.spark;
