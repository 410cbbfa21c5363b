package io.varlen.spark.function;

/**
 * An example in {@code DESCRIBE FUNCTION EXTENDED}.
 *
 * @param query without the semicolon; {@code _FUNC_} is the function
 * @param result as {@code spark-sql} prints it
 */
public record FunctionExample(String query, String result) {}
