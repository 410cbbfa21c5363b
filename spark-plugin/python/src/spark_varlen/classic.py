"""Classic PySpark: calls through its gateway to the JVM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spark_varlen.errors import VarlenError
from spark_varlen.java_errors import convert_java_errors, one_line_errors
from spark_varlen.progress import shown_progress
from spark_varlen.session import has_java_side, jar

__all__ = ["explain", "of_folder", "of_rows", "plan", "require_java_side"]


def of_rows(job: str, df: Any, options: dict[str, str]) -> Any:
    """Rows with results behind them, lazily; see ``io.varlen.spark.python.PythonDoor``."""
    return _frame(df, lambda door: door.ofRows(job, df._jdf, options))


def of_folder(job: str, df: Any, options: dict[str, str]) -> Any:
    """Run a job now; the rows that it wrote."""
    require_java_side(df.sparkSession)
    with shown_progress(job, df.sparkSession.sparkContext._jvm) as board:
        return _frame(df, lambda door: door.ofFolder(job, df._jdf, options, board))


def plan(df: Any, options: dict[str, str]) -> Any:
    """What packing the rows' documents would give."""
    return _frame(df, lambda door: door.plan(df._jdf, options))


def explain(df: Any) -> str:
    """What functions of ours a query holds, and what executors compute with."""
    require_java_side(df.sparkSession)
    with one_line_errors():
        return str(df.sparkSession.sparkContext._jvm.io.varlen.spark.Varlen.explain(df._jdf))


def _frame(df: Any, call: Callable[[Any], Any]) -> Any:
    from pyspark.sql import DataFrame

    spark = df.sparkSession
    require_java_side(spark)
    with one_line_errors():
        return DataFrame(call(spark.sparkContext._jvm.io.varlen.spark.python.PythonDoor), spark)


def require_java_side(spark: Any) -> None:
    """Refuse a session whose JVM has not our jar; from the first call on, its queries tell our errors in one line.

    Raises
    ------
    VarlenError
        Saying how to make such a session.
    """
    if not has_java_side(spark.sparkContext._jvm):
        raise VarlenError(
            "this session was made without spark-varlen's jar; make it with spark_varlen.configure(SparkSession.builder), or start"
            f" Spark with --jars {jar()}"
        )
    convert_java_errors()
