"""The examples of docstrings and READMEs give what they say, on classic PySpark and over Spark Connect."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT, remote
from test_documents import blocks

import spark_varlen as sv
from spark_varlen import masks, operations, session

README = CHECKOUT / "README.md"
OWN = CHECKOUT / "spark-plugin" / "python" / "README.md"
FUNCTIONS = [getattr(operations, name) for name in operations.__all__] + [masks.mask_intervals, session.jar, session.configure]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_examples_of_docstrings(function: Any, spark: Any, folder: Path) -> None:
    if function is session.configure and remote():
        pytest.skip("its example makes a session of classic PySpark")
    (examples,) = doctest.DocTestFinder(recurse=False).find(function, function.__name__, globs={})
    assert examples.examples, f"{function.__name__} has no example"
    examples.globs.update(spark=spark, sv=sv, folder=str(folder))
    said: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=said.append)
    assert outcome.failed == 0, "".join(said)


def test_the_lines_of_the_readme_print_what_stands_there(tmp_path: Path) -> None:
    code, printed = blocks(README, "python")[0], next(block for block in blocks(README, "") if block.startswith("+--"))
    assert len([line for line in code.splitlines() if line.strip()]) == 10
    environment = dict(os.environ)
    if remote():
        environment["SPARK_REMOTE"] = remote()
        code = code.replace('output="packed"', f'output="{tmp_path}/packed"').replace('(spark, "packed")', f'(spark, "{tmp_path}/packed")')
        printed = printed.replace("packed: ", f"{tmp_path}/packed: ")
    (tmp_path / "lines.py").write_text(code, encoding="utf-8")
    environment.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(sv.__file__).parents[1]), environment.get("PYTHONPATH")]))
    done = subprocess.run([sys.executable, "lines.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    # the Ivy of Spark 3.5 says on standard output where its settings are
    said = [line for line in done.stdout.strip().splitlines() if not line.startswith(":: loading settings ::")]
    assert said == printed.strip().splitlines()


def test_further_lines_of_the_package_readme(spark: Any, tmp_path: Path) -> None:
    texts = [("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")]
    names = {"spark": spark, "sv": sv, "documents": spark.createDataFrame(texts, "id string, text string")}
    ran = 0
    for code in blocks(OWN, "python")[1:]:
        if "sc://" not in code:
            code = re.sub(r'"((?:corpus|vectors)[\w-]*)"', lambda found: f'"{tmp_path}/{found.group(1)}"', code)
        elif remote():
            code = code.replace("sc://server:15002", str(remote()))
        else:
            continue
        exec(compile(code, str(OWN), "exec"), names)
        ran += 1
    assert ran >= 1
