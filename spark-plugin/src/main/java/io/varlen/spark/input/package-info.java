/**
 * Text on any Hadoop file system as documents with stable ids, decoded strictly. Start with {@link
 * io.varlen.spark.input.InputOptions}, {@link io.varlen.spark.input.DocumentSource} and {@link
 * io.varlen.spark.input.Document}; what cannot be read is a {@link io.varlen.spark.input.BadRecord}, a value like any
 * other.
 */
package io.varlen.spark.input;
