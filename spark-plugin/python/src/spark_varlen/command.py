"""The command line ``varlen`` of the wheel: the same commands as ``jobs/bin/varlen``, on the installed PySpark."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from spark_varlen.errors import VarlenError
from spark_varlen.session import jar

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command in this process' place.

    Parameters
    ----------
    argv : sequence of str, optional
        The command and its options; by default those of this process.

    Returns
    -------
    int
        2 where it cannot be run at all, with a line that says why; else the process is Spark's and this does not return.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        command = submit_command(arguments)
    except VarlenError as e:
        print(f"varlen: {e}", file=sys.stderr)
        return 2
    os.execv(command[0], command)


def submit_command(arguments: Sequence[str]) -> list[str]:
    """The words of the ``spark-submit`` that runs a command.

    Raises
    ------
    VarlenError
        If there is no Spark.
    """
    home, rest, settings = _spark_home(), [], []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in ("--conf", "--master", "--spark-home"):
            rest.append(word)
            continue
        value = value if equals else next(words, "")
        if not value:
            raise VarlenError(f"{name} needs a value behind it")
        if name == "--spark-home":
            home = Path(value)
            continue
        rest += [name, value]
        settings += [name, value]
    submit = home / "bin" / "spark-submit"
    if not os.access(submit, os.X_OK):
        raise VarlenError(f"there is no {submit}; install pyspark, or give --spark-home the folder of a Spark distribution")
    vectors = ["--driver-java-options", "--add-modules=jdk.incubator.vector"]
    if any(setting.startswith("spark.driver.extraJavaOptions=") for setting in settings):
        vectors = []
    return [str(submit), *vectors, *settings, "--class", "io.varlen.jobs.Main", jar(), *rest]


def _spark_home() -> Path:
    given = os.environ.get("SPARK_HOME")
    if given:
        return Path(given)
    try:
        import pyspark
    except ImportError:
        raise VarlenError("there is no pyspark; pip install pyspark, or set SPARK_HOME to a Spark distribution") from None
    return Path(pyspark.__file__).parent
