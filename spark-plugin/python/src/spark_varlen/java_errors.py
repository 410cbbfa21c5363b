"""What the Java side throws, told in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from spark_varlen.errors import VarlenError
from spark_varlen.options import HYPHENATED

__all__ = ["convert_java_errors", "in_python", "one_line_errors", "quoted_line"]

_OPTION = re.compile(r"(?<![\w/.-])(?:--([a-z][a-z-]*[a-z])|(" + "|".join(HYPHENATED) + r"))(?![\w/-])")
_QUOTED = re.compile(r"io\.varlen\.InvalidInputException[:)] ([^\r\n]*)")


def in_python(message: str) -> str:
    """A message of the Java side with options as they are spelt in Python.

    >>> in_python("--max-length 0 is too little; see also bad-records")
    'max_length 0 is too little; see also bad_records'
    """
    return _OPTION.sub(lambda found: (found.group(1) or found.group(2)).replace("-", "_"), message)


def quoted_line(text: str) -> str | None:
    """The message of our Java exception in a text that quotes it, as Spark's errors do, in Python's spelling of options.

    Parameters
    ----------
    text : str
        A stack trace, or the message of an error of Spark Connect.

    Returns
    -------
    str or None
        One line; None where the text quotes no error of ours.
    """
    found = _QUOTED.search(text)
    return in_python(found.group(1).strip()) if found else None


def last_cause(text: str) -> str:
    """The line of a Java stack trace that says what happened first: the last of its causes."""
    lines = text.strip().splitlines() or ["no message"]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return causes[-1][len("Caused by: ") :].strip() if causes else lines[0].strip()


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What Java throws within becomes one line: :class:`VarlenError` where it is ours, else ``RuntimeError``."""
    from pyspark.errors import PySparkException

    try:
        yield
    except VarlenError:
        raise
    except PySparkException as e:
        line = quoted_line(str(e))
        if line is None:
            raise
        raise VarlenError(line) from None
    except Exception as e:
        if not hasattr(e, "java_exception"):  # Py4JJavaError, which is not there without py4j
            raise
        trace = str(e)
        line = quoted_line(trace)
        if line is not None:
            raise VarlenError(line) from None
        raise RuntimeError(last_cause(trace.partition("\n: ")[2] or trace)) from None


def convert_java_errors() -> None:
    """From now on PySpark raises :class:`VarlenError` where a query fails for an error of ours, as it raises its own for Spark's.

    PySpark makes an exception of its own of those of Spark's that it knows; this adds ours to them.
    """
    from pyspark.errors.exceptions import captured

    theirs = captured.convert_exception
    if getattr(theirs, "knows_varlen", False):
        return

    def convert_exception(e: Any) -> Any:
        cause = e
        while cause is not None:
            line = quoted_line(str(cause.toString()))
            if line is not None:
                return VarlenError(line)
            cause = cause.getCause()
        return theirs(e)

    convert_exception.knows_varlen = True  # type: ignore[attr-defined]
    captured.convert_exception = convert_exception
