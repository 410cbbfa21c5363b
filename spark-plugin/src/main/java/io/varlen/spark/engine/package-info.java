/**
 * What the tasks of one executor share. Start with {@link io.varlen.spark.engine.Engine}, which every job reaches its
 * backend, models and tokenizers through, and {@link io.varlen.spark.engine.ModelReference}, which names a model wherever
 * a task runs.
 */
package io.varlen.spark.engine;
