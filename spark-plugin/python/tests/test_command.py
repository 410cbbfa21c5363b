"""The command line of the package, on the PySpark that is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TOKENIZER, remote

pytestmark = pytest.mark.skipif(bool(remote()), reason="the command line starts a Spark of its own, and a client of Spark Connect has none")


def varlen(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "spark_varlen", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_pack_and_verify(tmp_path: Path) -> None:
    text, packed = tmp_path / "größe.txt", str(tmp_path / "packed")
    text.write_text("The cat sat on the mat.", encoding="utf-8")
    options = ["--input", str(text), "--tokenizer", TOKENIZER, "--seq-len", "8", "--output", packed, "--master", "local[1]", "--json"]
    done = varlen("pack", *options)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["packed_tokens"] == 7 and figures["rows"] == 1
    assert " INFO " not in done.stderr, "Spark is to be quiet"
    sound = varlen("verify", "--input", packed, "--json")
    assert sound.returncode == 0 and json.loads(sound.stdout.splitlines()[-1])["digest"] == figures["digest"]


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    done = varlen("verify", "--input", str(tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.startswith("WARNING: Using incubator")]
    assert lines == [f"varlen verify: {tmp_path} is not a packed dataset: it has no _varlen/manifest.json"]
