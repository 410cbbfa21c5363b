"""Sessions and texts for tests.

``SPARK_VARLEN_REMOTE=sc://host:port`` runs them over Spark Connect; its server must have the one jar and the built-in model's.
Otherwise they run on classic PySpark, with the model's jar of ``SPARK_VARLEN_MODEL_JAR``, or as Maven left it in the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
LLAMA = CHECKOUT / "spark-plugin" / "src" / "test" / "resources" / "models" / "llama"
TOKENIZER = "tiktoken:cl100k_base"
TEXTS = [
    ("a", "The cat sat on the mat."),
    ("b", "Rows of fixed length, packed and never padded again."),
    ("c", "Größe, 数学, naïve 🙂"),
    ("d", ""),
    ("e", "one two three four five six seven eight nine ten " * 5),
]


def remote() -> str | None:
    return os.environ.get("SPARK_VARLEN_REMOTE")


def model_jar() -> str:
    given = os.environ.get("SPARK_VARLEN_MODEL_JAR")
    jars = [given] if given else sorted(map(str, (CHECKOUT / "jobs" / "target" / "models").glob("*.jar")))
    assert jars, "no jar of the built-in model; set SPARK_VARLEN_MODEL_JAR"
    return jars[0]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    import spark_varlen as sv

    if remote():
        builder = sv.configure(SparkSession.builder.remote(remote()))
    else:
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.shuffle.partitions", 3)
        builder = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        builder = sv.configure(builder, builtin_model=model_jar())
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def texts(spark: Any) -> Any:
    return spark.createDataFrame(TEXTS, "id string, text string")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that does not exist yet; server and client are on one machine."""
    return tmp_path / "out"
