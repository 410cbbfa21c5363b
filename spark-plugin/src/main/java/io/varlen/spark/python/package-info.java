/**
 * What the Python package {@code spark_varlen} calls on classic PySpark. Start with {@link io.varlen.spark.python.PythonDoor};
 * over Spark Connect Python has the data source and the SQL functions, as everybody else.
 */
package io.varlen.spark.python;
