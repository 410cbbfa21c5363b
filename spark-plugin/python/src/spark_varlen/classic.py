"""Classic PySpark: calls through its gateway to the JVM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from spark_varlen.errors import VarlenError, last_cause, quoted_line
from spark_varlen.options import in_python
from spark_varlen.session import has_java_side, jar

__all__ = ["of_folder", "of_rows", "read"]


def of_rows(job: str, df: Any, options: dict[str, str]) -> Any:
    """Rows with results behind them, lazily; see ``io.varlen.spark.python.PythonDoor``."""
    return _frame(df.sparkSession, lambda door: door.ofRows(job, df._jdf, options))


def of_folder(job: str, df: Any, options: dict[str, str]) -> Any:
    """Run a job now; the rows that it wrote."""
    return _frame(df.sparkSession, lambda door: door.ofFolder(job, df._jdf, options))


def read(spark: Any, path: str) -> Any:
    """The rows that a job wrote."""
    _door(spark)
    with one_line_errors(spark):
        return spark.read.format("varlen").load(path)


def _frame(spark: Any, call: Callable[[Any], Any]) -> Any:
    from pyspark.sql import DataFrame

    door = _door(spark)
    with one_line_errors(spark):
        return DataFrame(call(door), spark)


def _door(spark: Any) -> Any:
    jvm = spark.sparkContext._jvm
    if not has_java_side(jvm):
        raise VarlenError(
            "this session was made without spark-varlen's jar; make it with spark_varlen.configure(SparkSession.builder), or start"
            f" Spark with --jars {jar()}"
        )
    return jvm.io.varlen.spark.python.PythonDoor


@contextmanager
def one_line_errors(spark: Any) -> Iterator[None]:
    """What Java throws becomes one line."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except Py4JJavaError as e:
        trace = spark.sparkContext._jvm.org.apache.spark.util.Utils.exceptionString(e.java_exception)
        raise VarlenError(in_python(quoted_line(trace) or last_cause(trace))) from None
    except PySparkException as e:
        line = quoted_line(str(e)) or quoted_line(str(getattr(e, "_stackTrace", "") or ""))
        if line is None:
            raise
        raise VarlenError(in_python(line)) from None
