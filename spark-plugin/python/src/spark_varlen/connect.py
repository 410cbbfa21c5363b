"""Spark Connect: the data source ``varlen`` of the server; there is no JVM on this side."""

from __future__ import annotations

import uuid
from typing import Any

from spark_varlen.errors import VarlenError
from spark_varlen.java_errors import one_line_errors

__all__ = ["explain", "of_folder", "of_rows", "plan"]


def of_rows(job: str, df: Any, options: dict[str, str]) -> Any:
    """Rows with results behind them, lazily."""
    results = _of_view(job, df, options)
    with one_line_errors():
        _ = results.schema  # a wrong option is told here and not by a later query
    return results


def of_folder(job: str, df: Any, options: dict[str, str]) -> Any:
    """Run a job now; the rows that it wrote."""
    options = dict(options)
    output = options.pop("output", None)
    overwrite = options.pop("overwrite", "false") == "true"
    append = options.pop("append", "false") == "true"
    if output is None:
        raise VarlenError(f"{job} needs output over Spark Connect: a folder that the server and its executors see")
    if append and overwrite:
        raise VarlenError("append and overwrite are given; one adds to what is there, the other replaces it")
    mode = "append" if append else "overwrite" if overwrite else "error"
    with one_line_errors():
        df.write.format("varlen").option("job", job).options(**options).mode(mode).save(output)
        return df.sparkSession.read.format("varlen").load(output)


def plan(df: Any, options: dict[str, str]) -> Any:
    """What packing the rows' documents would give."""
    return _of_view("plan", df, options)


def explain(df: Any) -> str:
    """What functions of ours a query holds, and what executors compute with."""
    with one_line_errors():
        return str(_of_view("explain", df, {}).collect()[0][0])


def _of_view(job: str, df: Any, options: dict[str, str]) -> Any:
    """A view of the session's gives the server the rows by name. It stays as long as the session: each query asks for it anew."""
    view = f"varlen_{uuid.uuid4().hex}"
    with one_line_errors():
        df.createOrReplaceTempView(view)
    return df.sparkSession.read.format("varlen").option("job", job).option("view", view).options(**options).load()
