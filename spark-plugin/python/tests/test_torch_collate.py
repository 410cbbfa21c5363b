"""Batches beside the same in plain Python loops. No Spark, no file."""

from __future__ import annotations

import pyarrow as pa
import pytest

torch = pytest.importorskip("torch")

from torch_fixtures import random_row, seeded

from spark_varlen import VarlenError
from spark_varlen.torch import (
    collate,
    collate_batch,
    collate_torchtitan,
    collate_transformers,
    to_torch,
)


def rows_of(rng, loss_mask=None, seq_len=16):
    with_mask = rng.random() < 0.5 if loss_mask is None else loss_mask
    return [random_row(rng, i, seq_len, with_mask, full=rng.random() < 0.2) for i in range(rng.randint(1, 5))]


def slots(rows, padding):
    """(row, segment in the row or -1, index in cu_seqlens, position, id, learned) of each slot of a batch."""
    index = -1
    for row in rows:
        bounds = row["cu_seqlens"]
        pieces = [(a, b, i) for i, (a, b) in enumerate(zip(bounds, bounds[1:]))]
        if padding and row["n_tokens"] < len(row["input_ids"]):
            pieces.append((row["n_tokens"], len(row["input_ids"]), -1))
        for a, b, segment in pieces:
            index += 1
            for t in range(a, b):
                learned = segment >= 0 and t > a and row.get("loss_mask", [1] * len(row["input_ids"]))[t] != 0
                yield row["row_id"], segment, index, t - a, row["input_ids"][t], learned


@pytest.mark.parametrize("padding", [False, True])
def test_flat_batches_are_those_of_loops(padding):
    rng = seeded()
    for _ in range(200):
        rows = rows_of(rng)
        expected = list(slots(rows, padding))
        offset = rng.randint(0, 3)
        batch = collate(rows, labels=True, segment_ids=True, doc_ids=True, padding=padding, position_offset=offset)
        assert list(batch) == ["input_ids", "cu_seqlens", "max_seqlen", "position_ids", "labels", "segment_ids", "doc_ids"]
        assert batch["input_ids"].tolist() == [i for *_, i, _ in expected]
        assert batch["position_ids"].tolist() == [p + offset for _, _, _, p, _, _ in expected]
        assert batch["labels"].tolist() == [i if learned else -100 for *_, i, learned in expected]
        assert batch["segment_ids"].tolist() == [index if segment >= 0 else -1 for _, segment, index, *_ in expected]
        lengths = [sum(e[2] == i for e in expected) for i in range(expected[-1][2] + 1)]
        assert batch["cu_seqlens"].tolist() == [sum(lengths[:i]) for i in range(len(lengths) + 1)]
        assert batch["max_seqlen"] == max(lengths) and type(batch["max_seqlen"]) is int
        names = [[s["doc_id"] for s in row["segments"]] + [None] * (padding and row["n_tokens"] < 16) for row in rows]
        assert batch["doc_ids"] == sum(names, []) and len(batch["doc_ids"]) == len(lengths)
        types = {name: tensor.dtype for name, tensor in batch.items() if isinstance(tensor, torch.Tensor)}
        assert types == {
            "input_ids": torch.int64,
            "cu_seqlens": torch.int32,
            "position_ids": torch.int64,
            "labels": torch.int64,
            "segment_ids": torch.int32,
        }
        if padding:
            assert len(batch["input_ids"]) == 16 * len(rows)
        kwargs = collate_transformers(rows, labels=True, segment_ids=True, padding=padding, position_offset=offset)
        for name in "input_ids", "position_ids", "labels":
            assert kwargs[name].tolist() == [batch[name].tolist()] and kwargs[name].dtype == torch.int64
        assert kwargs["seq_idx"].tolist() == [[index for _, _, index, *_ in expected]] and kwargs["seq_idx"].dtype == torch.int32
        for side in "qk":
            assert torch.equal(kwargs[f"cu_seq_lens_{side}"], batch["cu_seqlens"]) and kwargs[f"cu_seq_lens_{side}"].dtype == torch.int32
            assert kwargs[f"max_length_{side}"] == batch["max_seqlen"] and type(kwargs[f"max_length_{side}"]) is int


def test_only_what_is_asked_for_is_given():
    rng = seeded()
    rows = rows_of(rng)
    assert list(collate(rows)) == ["input_ids", "cu_seqlens", "max_seqlen", "position_ids"]
    assert set(collate_transformers(rows)) == {
        *("input_ids", "position_ids", "cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k")
    }
    assert list(collate_batch(rows)) == ["input_ids", "position_ids", "attention_mask"]
    assert list(collate_batch(rows, mask=None)) == ["input_ids", "position_ids"]
    assert list(collate_torchtitan(rows)[0]) == ["input", "positions"]


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("mask", [torch.bool, torch.float32, torch.bfloat16])
def test_masks_are_those_of_loops(causal, mask):
    rng = seeded()
    for _ in range(20):
        rows = rows_of(rng)
        expected = list(slots(rows, True))
        batch = collate_batch(rows, causal=causal, mask=mask, labels=True, segment_ids=True, doc_ids=True)
        found = batch["attention_mask"]
        assert found.shape == (len(rows), 1, 16, 16) and found.dtype == mask
        for b in range(len(rows)):
            of_row = expected[b * 16 : b * 16 + 16]
            for q in range(16):
                for k in range(16):
                    sees = of_row[q][2] == of_row[k][2] and (k <= q or not causal)
                    value = found[b, 0, q, k].item()
                    assert value == (sees if mask == torch.bool else 0 if sees else torch.finfo(mask).min)
        grid = [expected[b * 16 : b * 16 + 16] for b in range(len(rows))]
        assert batch["input_ids"].tolist() == [row["input_ids"] for row in rows]
        assert batch["position_ids"].tolist() == [[e[3] for e in line] for line in grid]
        assert batch["segment_ids"].tolist() == [[e[1] for e in line] for line in grid]
        assert batch["labels"].tolist() == [[e[4] if e[5] else -100 for e in line] for line in grid]
        assert batch["doc_ids"] == [[s["doc_id"] for s in row["segments"]] for row in rows]


def test_torchtitan_gets_shifted_labels_and_positions():
    rng = seeded()
    for _ in range(50):
        rows = rows_of(rng)
        expected = list(slots(rows, True))
        inputs, labels = collate_torchtitan(rows, segment_ids=True)
        for b, row in enumerate(rows):
            line = expected[b * 16 : b * 16 + 16]
            assert inputs["input"][b].tolist() == row["input_ids"]
            assert inputs["positions"][b].tolist() == [e[3] for e in line]
            assert inputs["segment_ids"][b].tolist() == [e[1] for e in line]
            following = [e[4] if e[5] and e[2] == before[2] else -100 for before, e in zip(line, line[1:])]
            assert labels[b].tolist() == [*following, -100]


def test_rows_may_be_tokens_alone_or_have_empty_segments():
    batch = collate([{"input_ids": [5, 6]}, {"input_ids": []}, {"input_ids": [7]}], labels=True, segment_ids=True)
    assert batch["cu_seqlens"].tolist() == [0, 2, 2, 3] and batch["max_seqlen"] == 2
    assert batch["labels"].tolist() == [-100, 6, -100] and batch["segment_ids"].tolist() == [0, 0, 2]
    batch = collate([{"input_ids": [5, 6, 9], "cu_seqlens": [0, 0, 2, 2]}], labels=True, padding=True, segment_ids=True)
    assert batch["cu_seqlens"].tolist() == [0, 0, 2, 2, 3] and batch["position_ids"].tolist() == [0, 1, 0]
    assert batch["labels"].tolist() == [-100, 6, -100] and batch["segment_ids"].tolist() == [1, 1, -1]
    none = collate([], labels=True, segment_ids=True, doc_ids=True)
    assert none["cu_seqlens"].tolist() == [0] and none["cu_seqlens"].dtype == torch.int32 and none["max_seqlen"] == 0
    assert none["input_ids"].shape == (0,) and none["input_ids"].dtype == torch.int64 and none["doc_ids"] == []
    # a row of padding alone
    batch = collate_batch([{"input_ids": [0, 0], "n_tokens": 0, "cu_seqlens": [0]}], labels=True, segment_ids=True)
    assert batch["labels"].tolist() == [[-100, -100]] and batch["segment_ids"].tolist() == [[-1, -1]]
    assert batch["attention_mask"].tolist() == [[[[True, False], [True, True]]]]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"ids": [1]}], "row 0 of the batch has no input_ids; it has ids"),
        ([{"input_ids": [1], "cu_seqlens": [0, 2]}], "row 0 of the batch has cu_seqlens [0, 2] for 1 input_ids"),
        ([{"input_ids": [1], "cu_seqlens": [1]}], "row 0 of the batch has cu_seqlens [1] for 1 input_ids"),
        ([{"input_ids": [1], "cu_seqlens": []}], "row 0 of the batch has cu_seqlens [] for 1 input_ids"),
        ([{"row_id": 7, "input_ids": [1, 2, 3], "cu_seqlens": [0, 2, 1]}], "row 7 has cu_seqlens [0, 2, 1] for 3 input_ids"),
        ([{"row_id": 7, "input_ids": [1, 2], "n_tokens": 2, "cu_seqlens": [0, 1]}], "row 7 has 2 n_tokens, but its cu_seqlens end at 1"),
        ([{"input_ids": [1], "loss_mask": [1, 1]}], "row 0 of the batch has a loss_mask of 2 for 1 input_ids"),
        ([{"input_ids": [1.5]}], "row 0 of the batch has input_ids that are no list of integers"),
        ([{"input_ids": [1, None]}], "row 0 of the batch has input_ids that are no list of integers"),
        ([{"input_ids": [[1]]}], "row 0 of the batch has input_ids that are no list of integers"),
        ([[1, 2]], "row 0 of the batch is no mapping but list"),
        ([{"input_ids": [1]}], "row 0 of the batch has no segments, which doc_ids are in"),
        ([{"input_ids": [1], "segments": []}], "row 0 of the batch has 0 segments, but 1 by its cu_seqlens"),
    ],
)
def test_what_does_not_fit_together_is_named(rows, says):
    with pytest.raises(VarlenError) as caught:
        collate(rows, doc_ids=True)
    assert str(caught.value).startswith(says) and "\n" not in str(caught.value)


def test_batches_of_rows_need_rows_of_one_length():
    with pytest.raises(VarlenError, match="the same length, not 1 and 2"):
        collate_batch([{"input_ids": [1, 2]}, {"input_ids": [1]}])
    with pytest.raises(VarlenError, match="at least one row"):
        collate_torchtitan([])
    with pytest.raises(VarlenError, match="a mask of torch.int64 is none"):
        collate_batch([{"input_ids": [1]}], mask=torch.int64)


def test_to_torch_takes_arrow_and_rows():
    rng = seeded()
    rows = rows_of(rng, True)
    table = pa.Table.from_pylist(rows)
    for given in rows, iter(rows), table, table.to_batches()[0]:
        batch = to_torch(given, labels=True, doc_ids=True)
        for name, value in collate(rows, labels=True, doc_ids=True).items():
            assert torch.equal(batch[name], value) if isinstance(value, torch.Tensor) else batch[name] == value
    inputs, labels = to_torch(table, collate_torchtitan)
    assert torch.equal(labels, collate_torchtitan(rows)[1]) and inputs["input"].shape == (len(rows), 16)
    assert to_torch(table, collate_batch, causal=False, mask=torch.float16)["attention_mask"].dtype == torch.float16


@pytest.mark.parametrize("given", [3, "rows", {"input_ids": [1]}, None])
def test_to_torch_refuses_what_has_no_rows(given):
    with pytest.raises(VarlenError, match=f"not {type(given).__name__}"):
        to_torch(given)


def test_to_torch_sends_pandas_on():
    class DataFrame:
        columns = ["input_ids"]
        __iter__ = lambda self: iter(self.columns)

    DataFrame.__module__ = "pandas.core.frame"
    with pytest.raises(VarlenError, match=r"no pandas DataFrame; give it to_dict\('records'\)"):
        to_torch(DataFrame())
