/**
 * What a SQL function is, without a word about Catalyst or an accelerator. Start with {@link
 * io.varlen.spark.function.SqlFunction}, one call in a query, and {@link io.varlen.spark.function.FunctionDefinition}, what
 * sessions know of it.
 */
package io.varlen.spark.function;
