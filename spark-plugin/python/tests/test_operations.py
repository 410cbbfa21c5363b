"""What the functions give, on classic PySpark and over Spark Connect."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import LLAMA, TEXTS, TOKENIZER, remote

import spark_varlen as sv

MODEL = sv.BUILTIN_MODEL


def by_id(rows: list[Any], column: str, key: str = "id") -> dict[str, Any]:
    return {row[key]: row[column] for row in rows}


def test_tokenize_keeps_rows_and_adds_ids(texts: Any) -> None:
    tokenized = sv.tokenize(texts, TOKENIZER)
    assert tokenized.columns == ["id", "text", "input_ids"]
    rows = tokenized.collect()
    assert [(row["id"], row["text"]) for row in rows] == TEXTS
    ids = by_id(rows, "input_ids")
    assert ids["a"] == [791, 8415, 7731, 389, 279, 5634, 13] and ids["d"] == []
    assert all(isinstance(i, int) for i in ids["e"])


def test_results_are_the_same_as_those_of_the_sql_functions(texts: Any) -> None:
    tokenized = sv.tokenize(texts, TOKENIZER).selectExpr("id", "input_ids", f"varlen_tokenize(text, '{TOKENIZER}') AS sql")
    assert all(row["input_ids"] == row["sql"] for row in tokenized.collect())
    embedded = sv.embed(texts, MODEL, max_length=16).selectExpr("id", "embedding", f"varlen_embed(text, '{MODEL}', 'max_length=16') AS sql")
    rows = embedded.collect()
    assert len(rows) == len(TEXTS) and all(row["embedding"] == row["sql"] for row in rows)


def test_embed_lazily_and_into_a_folder(spark: Any, texts: Any, folder: Path) -> None:
    embedded = sv.embed(texts, MODEL, max_length=16)
    assert embedded.columns == ["id", "text", "n_tokens", "truncated_tokens", "embedding"]
    vectors = by_id(embedded.collect(), "embedding")
    assert len(vectors["a"]) == 384 and abs(sum(x * x for x in vectors["a"]) - 1) < 1e-5
    stored = sv.embed(texts, MODEL, max_length=16, output=str(folder))
    assert by_id(stored.collect(), "embedding", "doc_id") == vectors
    assert by_id(sv.read(spark, folder).collect(), "embedding", "doc_id") == vectors
    with pytest.raises(sv.VarlenError, match="max_length is 16 there and 8 here"):
        sv.embed(texts, MODEL, max_length=8, output=str(folder))
    sv.embed(texts, MODEL, max_length=8, output=str(folder), overwrite=True)
    assert by_id(sv.read(spark, folder).collect(), "embedding", "doc_id") != vectors


def test_results_go_into_further_queries(texts: Any) -> None:
    embedded = sv.embed(texts.where("id != 'd'"), MODEL)
    assert embedded.where("id = 'a'").select("n_tokens").collect()[0][0] == 9
    best = embedded.orderBy(embedded.n_tokens.desc()).limit(1).select("id").collect()
    assert best[0][0] == "e"
    again = sv.tokenize(embedded, TOKENIZER)
    assert again.columns == [*embedded.columns, "input_ids"] and again.count() == 4


def test_pack_verify_plan_read(spark: Any, texts: Any, folder: Path) -> None:
    packed = sv.pack(texts, TOKENIZER, 16, output=str(folder), emit=["position_ids"])
    assert packed.columns == ["row_id", "input_ids", "n_tokens", "cu_seqlens", "segments", "checksum", "position_ids"]
    rows = packed.collect()
    assert all(len(row["input_ids"]) == 16 and row["cu_seqlens"][-1] == row["n_tokens"] for row in rows)
    ids = by_id(sv.tokenize(texts, TOKENIZER).collect(), "input_ids")
    pieces: dict[str, dict[int, list[int]]] = {}
    for row in rows:
        bounds = zip(row["cu_seqlens"], row["cu_seqlens"][1:])
        for (start, end), segment in zip(bounds, row["segments"]):
            pieces.setdefault(segment["doc_id"], {})[segment["chunk"]] = row["input_ids"][start:end]
    joined = {doc: [i for chunk in sorted(chunks) for i in chunks[chunk]] for doc, chunks in pieces.items()}
    assert joined == {doc: tokens for doc, tokens in ids.items() if tokens}

    found = sv.verify(spark, folder)
    assert found and found.rows == len(rows) and found.findings == () and found.damaged == 0
    assert found.packed_tokens == sum(map(len, ids.values()))
    assert found.digest == json.loads((folder / "_varlen" / "manifest.json").read_text())["packing"]["digest"]
    assert found.digest in str(found)

    plans = sv.plan(folder, [16, 64], strategy=["bfd", "sequential"], spark=spark).collect()
    assert [(plan["seq_len"], plan["strategy"]) for plan in plans] == [(16, "bfd"), (16, "sequential"), (64, "bfd"), (64, "sequential")]
    assert plans[0]["rows"] == len(rows) and plans[0]["packed_tokens"] == found.packed_tokens
    of_texts = sv.plan(texts, [16, 64], tokenizer=TOKENIZER, strategy=["bfd", "sequential"]).collect()
    assert of_texts == plans
    assert sv.plan(str(folder), 16).collect() == plans[:1]  # in the active session


def test_append(spark: Any, texts: Any, folder: Path) -> None:
    sv.pack(texts, TOKENIZER, 16, output=str(folder))
    more = spark.createDataFrame([("more", "one more text")], "id string, text string")
    packed = sv.pack(more, TOKENIZER, 16, output=str(folder), append=True)
    documents = {segment["doc_id"] for row in packed.collect() for segment in row["segments"]}
    assert documents == {"a", "b", "c", "e", "more"} and sv.verify(spark, str(folder))


def test_damage_is_found(spark: Any, texts: Any, folder: Path) -> None:
    sv.pack(texts, TOKENIZER, 16, output=str(folder))
    manifest = folder / "_varlen" / "manifest.json"
    digest = json.loads(manifest.read_text())["packing"]["digest"]
    manifest.write_text(manifest.read_text().replace(digest, "0" * 64))
    found = sv.verify(spark, folder, list=1)
    assert not found and found.damaged >= 1 and len(found.findings) == 1 and "digest" in str(found)


def test_attend(texts: Any, folder: Path) -> None:
    heads = sv.attend(texts, MODEL, output=str(folder), window=4).collect()
    assert len(heads) == 6 * 12 and {"layer", "head", "queries", "entropy", "window_mass"} <= set(heads[0].asDict())


def test_score_beside_transformers(spark: Any, folder: Path) -> None:
    expected = json.loads((LLAMA / "expected.json").read_text("utf-8"))  # by transformers, document by document
    wanted = {document["id"]: document for document in expected["documents"]}
    texts = spark.createDataFrame([(document["id"], document["text"]) for document in wanted.values()], "id string, text string")
    options = {"max_length": expected["max_length"], "stride": expected["stride"]}
    scored = sv.score(texts, str(LLAMA), **options)
    assert scored.columns == ["id", "text", "n_tokens", "n_scored", "nll", "perplexity"]
    rows = scored.collect()
    assert {row["id"] for row in rows} == set(wanted)
    for row in rows:
        document = wanted[row["id"]]
        assert (row["n_tokens"], row["n_scored"]) == (document["n_tokens"], document["n_scored"])
        assert row["nll"] == pytest.approx(document["nll"], rel=2e-5, abs=1e-6)
        assert row["perplexity"] == (None if document["perplexity"] is None else pytest.approx(document["perplexity"], rel=1e-4))
    stored = sv.score(texts, str(LLAMA), output=str(folder), **options).collect()
    assert by_id(stored, "nll", "doc_id") == by_id(rows, "nll")
    assert by_id(sv.read(spark, folder).collect(), "perplexity", "doc_id") == by_id(rows, "perplexity")


def test_without_a_folder(texts: Any) -> None:
    if remote():
        with pytest.raises(sv.VarlenError, match="pack needs output over Spark Connect"):
            sv.pack(texts, TOKENIZER, 16)
    else:
        assert sv.pack(texts, TOKENIZER, 16).count() > 0
        assert sv.attend(texts, MODEL).count() == 6 * 12


def test_explain(texts: Any) -> None:
    explained = sv.explain(sv.embed(texts, MODEL).where("n_tokens > 3"))
    assert "Varlen.embed" in explained and MODEL in explained and "SHA-256" in explained and "cpu" in explained
    assert sv.explain(texts).startswith("no function of varlen is in this query")


def test_bad_records(spark: Any) -> None:
    bad = spark.sql("SELECT 'x' AS id, cast(X'6162FF' AS string) AS text UNION ALL SELECT 'y', 'fine'")
    rows = sv.tokenize(bad, TOKENIZER, bad_records="quarantine").drop("text").collect()  # Arrow takes no invalid UTF-8
    errors = by_id(rows, "error")
    assert errors["y"] is None and "invalid UTF-8 at byte 2" in errors["x"]
    with pytest.raises(Exception) as failed:
        sv.tokenize(bad, TOKENIZER).collect()
    assert "is invalid UTF-8 at byte 2" in str(failed.value)
    if not remote():
        assert isinstance(failed.value, sv.VarlenError) and "\n" not in str(failed.value) and "bad_records=quarantine" in str(failed.value)


def test_other_errors_stay_as_they_are(spark: Any) -> None:
    with pytest.raises(Exception) as failed:
        spark.sql("SELECT assert_true(id > 5) FROM range(3)").collect()
    assert not isinstance(failed.value, sv.VarlenError)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda df: sv.tokenize(df, "tiktoken:cl100k"), "did you mean tiktoken:cl100k_base"),
        (lambda df: sv.tokenize(df, TOKENIZER, text_column="txt"), "there is no column 'txt'.*text_column, did you mean 'text'"),
        (lambda df: sv.tokenize(df.withColumnRenamed("id", "input_ids"), TOKENIZER), "has a column 'input_ids' already"),
        (lambda df: sv.embed(df, "/no/such/model"), "there is no model folder /no/such/model"),
        (lambda df: sv.embed(df, MODEL, max_length=100000), "max_length"),
        (lambda df: sv.embed(df, MODEL, trace=3), "not for what turns rows into rows"),
        (lambda df: sv.score(df, "/no/such/model"), "there is no model folder /no/such/model"),
        (lambda df: sv.plan(df, [16, 0], tokenizer=TOKENIZER), "seq_len is 0"),
        (lambda df: sv.embed(df, MODEL, overwrite=True), "overwrite is given to embed without output"),
        (lambda df: sv.score(df, "no model", overwrite=False), "overwrite is given to score without output"),
        (lambda df: sv.plan(df, 16, tokenizer=TOKENIZER, strategy="best"), "there is no packing strategy 'best'"),
    ],
)
def test_errors_are_one_line(texts: Any, call: Any, message: str) -> None:
    with pytest.raises(sv.VarlenError, match=message) as refused:
        call(texts)
    assert "\n" not in str(refused.value) and "Exception" not in str(refused.value)


def test_wrong_folders(spark: Any, texts: Any, folder: Path) -> None:
    for call in (lambda: sv.read(spark, folder), lambda: sv.verify(spark, folder), lambda: sv.plan(folder, 16, spark=spark)):
        with pytest.raises(sv.VarlenError, match="is not (the output of a varlen job|a packed dataset)") as refused:
            call()
        assert "\n" not in str(refused.value)


@pytest.mark.skipif(bool(remote()), reason="over Spark Connect the server has the jar")
def test_a_jvm_without_the_jar_is_refused(tmp_path: Path) -> None:
    code = (
        "from pyspark.sql import SparkSession\nimport spark_varlen as sv\n"
        "spark = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false').getOrCreate()\n"
        "for call in (lambda: sv.tokenize(spark.range(1), 't'), lambda: sv.read(spark, 'd'), lambda: sv.configure(SparkSession.builder)):\n"
        "    try:\n        call()\n    except sv.VarlenError as e:\n        print(e)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    lines = done.stdout.splitlines()
    assert len(lines) == 3 and all("without spark-varlen's jar" in line and sv.jar() in line for line in lines), done.stdout + done.stderr[-2000:]


@pytest.mark.skipif(bool(remote()), reason="the server has no place to show progress")
def test_progress_in_a_notebook(texts: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    sv.pack(texts, TOKENIZER, 16, output=str(folder / "quiet"))
    assert capsys.readouterr().err == ""
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    sv.attend(texts, MODEL, output=str(folder / "attended"))
    shown = capsys.readouterr().err
    assert "leakage is null" in shown and re.search(r"\rattend: [\w ]+: \d+ of \d+ \w+", shown) and shown.endswith("\n")


@pytest.mark.skipif(bool(remote()), reason="the Java side is asked through the gateway")
def test_keyword_arguments_are_the_options_of_the_java_side(spark: Any) -> None:
    jobs = spark.sparkContext._jvm.io.varlen.spark.frame.FrameJob
    for function in (sv.tokenize, sv.embed, sv.score, sv.pack, sv.attend, sv.plan):
        job = jobs.valueOf(function.__name__.upper())
        options = {name.replace("-", "_") for name in [*job.rowOptions(), *job.jobOptions()]}
        if function in (sv.pack, sv.attend):
            options = {name.replace("-", "_") for name in job.jobOptions()}
        ours = set(inspect.signature(function).parameters) - {"df", "data", "spark", "output", "overwrite", "append", "unknown"}
        assert ours == options, function.__name__
        from spark_varlen.options import HYPHENATED

        assert {name for name in [*job.rowOptions(), *job.jobOptions()] if "-" in name} <= set(HYPHENATED)
