"""What `varlen pack` wrote, read without Spark and with it. VARLEN_TORCH_DATASETS is a folder of packed datasets; `.ci/full torch` makes it.

Java computes the digest, and the columns of ``--emit``; here they are the oracle.
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.dataset as arrow
import pyarrow.parquet as parquet
import pytest

torch = pytest.importorskip("torch")

from torch_fixtures import seeded

from spark_varlen import VarlenError
from spark_varlen._packed import row_hash
from spark_varlen.torch import PackedDataset, collate, collate_batch, collate_torchtitan, to_torch

FOLDER = os.environ.get("VARLEN_TORCH_DATASETS")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="VARLEN_TORCH_DATASETS names no packed datasets")
NAMES = sorted(p.name for p in Path(FOLDER).iterdir() if (p / "_varlen" / "manifest.json").exists()) if FOLDER else ["none"]


def manifest(name):
    return json.loads((Path(FOLDER, name) / "_varlen" / "manifest.json").read_text())


def stored(name):
    files = [Path(FOLDER, name, part["file"]) for part in manifest(name)["parts"]]
    return [row for file in files for row in parquet.read_table(file).to_pylist()]


def test_there_are_datasets_of_all_kinds():
    found = [manifest(name) for name in NAMES]
    assert {True, False} == {m["packing"]["loss_mask"] for m in found}
    assert any(len(m["parts"]) > 1 for m in found) and any(m.get("appends") for m in found) and any(m.get("removals") for m in found)
    assert any(m["packing"]["rows"] == 0 for m in found) and any(m["packing"]["pad_to_multiple"] > 1 for m in found)
    assert any(m["packing"]["rows"] < m["packing"]["next_row_id"] for m in found), "one with gaps between row ids"


@pytest.mark.parametrize("name", NAMES)
def test_the_digest_is_that_of_the_manifest(name):
    rows = list(PackedDataset(Path(FOLDER, name), verify=True, segments=True))
    total = sum(int.from_bytes(row_hash(row), "big") for row in rows) % 2**256
    assert f"{total:064x}" == manifest(name)["packing"]["digest"] and len(rows) == manifest(name)["packing"]["rows"]


@pytest.mark.parametrize("name", NAMES)
def test_derived_columns_are_those_that_pack_emits(name):
    emitted = manifest(name)["packing"]["emit"]
    rows, columns = list(PackedDataset(Path(FOLDER, name))), stored(name)
    assert [row["row_id"] for row in rows] == [row["row_id"] for row in columns]
    if not rows:
        return
    batch = collate_batch(rows, mask=None, labels=True, segment_ids=True)
    for column in set(emitted) & set(batch):
        assert batch[column].tolist() == [row[column] for row in columns]
    assert set(emitted) in (set(), {"position_ids", "segment_ids", "attention_mask", "labels"})
    for row, kept in zip(rows, columns):
        learned = np.asarray(kept["labels"]) if emitted else None
        flat = collate([row], labels=True)
        assert flat["input_ids"].tolist() == kept["input_ids"][: kept["n_tokens"]]
        assert flat["cu_seqlens"].tolist() == kept["cu_seqlens"]
        assert learned is None or flat["labels"].tolist() == learned[: kept["n_tokens"]].tolist()


@pytest.mark.parametrize("name", NAMES)
def test_every_row_once_over_ranks_workers_and_epochs(name):
    rng = seeded()
    loader = partial(torch.utils.data.DataLoader, collate_fn=lambda rows: [row["row_id"] for row in rows])
    expected = sorted(row["row_id"] for row in stored(name))
    for epoch in range(2):
        ranks, workers, batch_size = rng.choice([1, 2, 5]), rng.choice([0, 2, 3]), rng.choice([1, 4])
        found = []
        for rank in range(ranks):
            dataset = PackedDataset(Path(FOLDER, name), rank=rank, world_size=ranks, shuffle=True, batch_size=batch_size)
            dataset.set_epoch(epoch)
            found += [i for batch in loader(dataset, batch_size=batch_size, num_workers=workers) for i in batch]
        assert sorted(found) == expected


def test_embeddings_are_no_packed_dataset():
    with pytest.raises(VarlenError, match="is not a packed dataset: it is the output of embed"):
        PackedDataset(Path(FOLDER, "..", "embedded"))


@pytest.fixture(scope="module", params=["classic", "connect"])
def session(request):
    sql = pytest.importorskip("pyspark.sql")
    if request.param == "connect":
        session = sql.SparkSession.builder.remote("local[2]").getOrCreate()
    else:
        session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    assert ("connect" in type(session).__module__) == (request.param == "connect")
    yield session
    session.stop()


def test_data_frames_give_what_files_give(session):
    for name in NAMES:
        files = [str(Path(FOLDER, name, part["file"])) for part in manifest(name)["parts"]]
        if not manifest(name)["packing"]["rows"]:
            continue
        df = session.read.parquet(*files).orderBy("row_id").limit(20)
        rows = sorted(PackedDataset(Path(FOLDER, name), segments=True), key=lambda row: row["row_id"])[:20]
        batch, expected = to_torch(df, labels=True, doc_ids=True), collate(rows, labels=True, doc_ids=True)
        for key, value in expected.items():
            assert torch.equal(batch[key], value) if isinstance(value, torch.Tensor) else batch[key] == value
        assert torch.equal(to_torch(df, collate_torchtitan)[1], collate_torchtitan(rows)[1])
        table = arrow.dataset(files).to_table(columns=["row_id", "input_ids", "cu_seqlens"]).sort_by("row_id")[:20]
        assert torch.equal(to_torch(table)["input_ids"], expected["input_ids"])
