/**
 * The SQL functions, one class each. Start with {@link io.varlen.spark.sql.VarlenFunctions}, which lists them.
 */
package io.varlen.spark.sql;
