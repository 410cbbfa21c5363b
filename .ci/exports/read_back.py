#!/usr/bin/env python3
"""Reads an export back with the library that it is for, and compares tokens and boundaries with the packed dataset.

    read_back.py DATASET FORMAT EXPORT

The packed dataset is read with pyarrow. Any difference is an error.
"""
import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet


class Row:
    """A row of the packed dataset, without its padding."""

    def __init__(self, stored):
        self.row_id, self.slots, self.bounds = stored["row_id"], stored["input_ids"], stored["cu_seqlens"]
        self.ids = self.slots[: stored["n_tokens"]]
        self.origins = stored["segments"]
        self.mask = None if stored.get("loss_mask") is None else stored["loss_mask"]

    def segments(self, values=None):
        values = self.ids if values is None else values
        return [values[a:b] for a, b in zip(self.bounds, self.bounds[1:])]

    def real_mask(self):
        return [1] * len(self.ids) if self.mask is None else self.mask[: len(self.ids)]


def same(what, read, packed):
    read, packed = (list(map(lambda v: v.tolist() if hasattr(v, "tolist") else v, side)) for side in (read, packed))
    if len(read) != len(packed):
        sys.exit(f"{what}: {len(read)} read, {len(packed)} packed")
    for i, (a, b) in enumerate(zip(read, packed)):
        if a != b:
            sys.exit(f"{what}, entry {i}: read {str(a)[:300]}, packed {str(b)[:300]}")


def parts_with(export, rows_of, ending):
    """The files with that ending beside the rows of the parts that they are of, which are those with rows."""
    files = sorted(export.glob("*" + ending))
    filled = [(name, rows) for name, rows in rows_of.items() if rows]
    same("files " + ending, [len(files)], [len(filled)])
    return [(file, name, rows) for file, (name, rows) in zip(files, filled)]


def trl(export, rows_of):
    from datasets import load_dataset
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    collate = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)
    read = load_dataset("parquet", data_files=[str(f) for f, *_ in parts_with(export, rows_of, ".parquet")], split="train", cache_dir=export.parent / "cache")
    packed = [row for rows in rows_of.values() for row in rows]
    same("columns", sorted(read.column_names), ["input_ids", "labels", "seq_lengths"])
    same("input_ids", read["input_ids"], [row.ids for row in packed])
    same("seq_lengths", read["seq_lengths"], [np.diff(row.bounds) for row in packed])
    # as SFTTrainer makes batches, here of three rows
    for i in range(0, len(packed), 3):
        batch, rows = collate([read[j] for j in range(i, min(i + 3, len(packed)))]), packed[i : i + 3]
        bounds = np.cumsum([0] + [n for row in rows for n in np.diff(row.bounds)])
        learned = [[-100 if j == 0 or not m else t for j, (t, m) in enumerate(zip(*s))] for row in rows for s in zip(row.segments(), row.segments(row.real_mask()))]
        same("batch", batch["input_ids"][0], [t for row in rows for t in row.ids])
        same("cu_seq_lens_q", batch["cu_seq_lens_q"], bounds)
        same("labels", batch["labels"][0], [t for segment in learned for t in segment])
    return "datasets.load_dataset and trl's DataCollatorForLanguageModeling (padding_free)"


def mds(export, rows_of):
    from streaming import StreamingDataset

    read = StreamingDataset(local=str(export), shuffle=False, batch_size=1)
    packed = [row for rows in rows_of.values() for row in rows]
    samples = [read[i] for i in range(len(read))]
    same("tokens", [s["tokens"] for s in samples], [row.slots for row in packed])
    ids = [[k for k, s in enumerate(row.segments()) for _ in s] for row in packed]
    same("sequence_id", [s["sequence_id"] for s in samples], [i + [-1] * (len(row.slots) - len(i)) for i, row in zip(ids, packed)])
    same("dtypes", {str(s[c].dtype) for s in samples for c in ("tokens", "sequence_id")}, {"int32"})
    same("loss_mask", [s["loss_mask"] for s in samples if "loss_mask" in s], [row.mask for row in packed if row.mask is not None])
    return "streaming.StreamingDataset"


def megatron(export, rows_of):
    from megatron.core.datasets.indexed_dataset import IndexedDataset

    types = set()
    for file, _, rows in parts_with(export, rows_of, ".bin"):
        for mmap in (True, False):
            read = IndexedDataset(str(file)[: -len(".bin")], mmap=mmap)
            same("sequences", [read[i] for i in range(len(read))], [s for row in rows for s in row.segments()])
            same("documents", np.diff(read.document_indices), [len(row.bounds) - 1 for row in rows])
            types.add(np.dtype(read.index.dtype).name)
    same("number of dtypes", [len(types)], [1])
    return f"megatron.core IndexedDataset, {types.pop()}"


def jsonl(export, rows_of):
    for file, _, rows in parts_with(export, rows_of, ".jsonl"):
        with open(file, encoding="utf-8") as lines:
            read = [json.loads(line) for line in lines]
        same("row_id", [r["row_id"] for r in read], [row.row_id for row in rows])
        same("input_ids", [r["input_ids"] for r in read], [row.ids for row in rows])
        same("cu_seqlens", [r["cu_seqlens"] for r in read], [row.bounds for row in rows])
        same("segments", [r["segments"] for r in read], [row.origins for row in rows])
        same("loss_mask", [r.get("loss_mask") for r in read], [None if row.mask is None else row.real_mask() for row in rows])
    return "json"


def megatron_bridge(export, rows_of):
    """Bridge itself needs Transformer Engine; this cuts a row as its GPTSFTPackedDataset.collate_fn does."""
    metadata = json.loads((export / "packed_metadata.json").read_text())
    for file, _, rows in parts_with(export, rows_of, ".idx.parquet"):
        table = parquet.read_table(file)
        types = [str(table.schema.field(c).type.value_type) for c in ("input_ids", "seq_start_id", "loss_mask")]
        same("types", types, ["int32", "int32", "int8"])
        for i, (stored, row) in enumerate(zip(table.to_pylist(), rows, strict=True)):
            bounds = stored["seq_start_id"] + [len(stored["input_ids"])]
            cut = [slice(a, b - 1) for a, b in zip(bounds, bounds[1:])]
            after = [slice(a + 1, b) for a, b in zip(bounds, bounds[1:])]
            same(f"inputs of row {i}", [stored["input_ids"][c] for c in cut], [s[:-1] for s in row.segments()])
            same(f"labels of row {i}", [stored["input_ids"][c] for c in after], [s[1:] for s in row.segments()])
            same(f"mask of row {i}", [stored["loss_mask"][c] for c in cut], [s[1:] for s in row.segments(row.real_mask())])
            same(f"capacity of row {i}", [sum(len(s) - 1 for s in row.segments()) <= metadata[0]["pack_size"]], [True])
    lengths = [[b - a - 1 for a, b in zip(row.bounds, row.bounds[1:])] for rows in rows_of.values() for row in rows]
    expected = [max(map(max, lengths)), max(map(len, lengths)), min(map(sum, lengths))]
    same("metadata", [metadata[0][k] for k in ("dataset_max_seqlen", "max_samples_per_bin", "min_packed_seqlen")], expected)
    return "pyarrow, cut as Megatron-Bridge's collate_fn does"


def datatrove(export, rows_of):
    import humanize
    from datatrove.pipeline.tokens.merger import load_doc_ends
    from datatrove.utils.dataset import DatatroveFileDataset

    sizes = set()
    for file, _, rows in parts_with(export, rows_of, ".ds"):
        ids = [t for row in rows for t in row.ids]
        ends = np.cumsum([len(s) for row in rows for s in row.segments()])
        name, count, readable = Path(f"{file}.metadata").read_text().split("\n")
        same("metadata", [count, readable], [str(len(ids)), humanize.metric(len(ids), unit="T")])
        size = int(name.rsplit("|")[-1])
        sizes.add(size)
        with open(f"{file}.index", "rb") as index:
            same("ends", load_doc_ends(index), ends)
        positions = np.concatenate([np.arange(len(s)) for row in rows for s in row.segments()])
        # windows of one more than their length; the reader's positions begin anew in each
        window = 32
        read = DatatroveFileDataset(str(file), window - 1, size, return_positions=True)
        same("windows", [len(read)], [len(ids) // window])
        for i in range(len(read)):
            same(f"window {i}", read[i]["input_ids"], ids[i * window : (i + 1) * window])
            expected = positions[i * window : (i + 1) * window].copy()
            cut = next((j for j, p in enumerate(expected) if p == 0), window)
            expected[:cut] = range(cut)
            same(f"positions of window {i}", read[i]["positions"][: window - 1], expected[: window - 1])
        raw = np.fromfile(file, {2: "<u2", 4: "<u4"}[size])
        same("all tokens", raw, ids)
        loss = Path(f"{file}.loss")
        same("loss", [loss.exists()], [rows[0].mask is not None])
        if loss.exists():
            same("loss", np.fromfile(loss, np.bool_).astype(int), [m for row in rows for m in row.real_mask()])
    same("number of token sizes", [len(sizes)], [1])
    return f"datatrove's DatatroveFileDataset and load_doc_ends, {sizes.pop()} bytes per token"


def dolma(export, rows_of):
    from olmo_core.data.utils import iter_document_indices, load_array_slice

    total = sum(len(row.ids) for rows in rows_of.values() for row in rows)
    size = sum(file.stat().st_size for file in export.glob("*.npy")) // total
    dtype = {2: np.uint16, 4: np.uint32}[size]
    for file, name, rows in parts_with(export, rows_of, ".npy"):
        bounds = list(iter_document_indices(str(file)))
        read = [load_array_slice(str(file), a, b, dtype) for a, b in bounds]
        same("documents", read, [s for row in rows for s in row.segments()])
        same("tokens", [file.stat().st_size], [size * sum(len(row.ids) for row in rows)])
        with gzip.open(str(file)[: -len(".npy")] + ".csv.gz", "rt", encoding="utf-8", newline="") as lines:
            records = list(csv.reader(lines))
        origins = [[o["doc_id"], name, str(i + 1)] for i, row in enumerate(rows) for o in row.origins]
        same("origins", [r[2:] for r in records], origins)
    return f"olmo_core's iter_document_indices and load_array_slice, {np.dtype(dtype).name}"


def main(dataset, name, export):
    manifest = json.loads((Path(dataset) / "_varlen/manifest.json").read_text())
    rows_of = {}
    for part in manifest["parts"]:
        stored = parquet.read_table(Path(dataset) / part["file"]).to_pylist()
        rows_of[part["file"]] = [Row(row) for row in stored]
    rows = [row for rows in rows_of.values() for row in rows]
    reader = globals()[name.replace("-", "_")](Path(export), rows_of)
    report = json.loads((Path(export) / "_varlen/report.json").read_text())
    counts = [len(rows), sum(len(row.origins) for row in rows), sum(len(row.ids) for row in rows)]
    same("figures", [report[k] for k in ("rows", "segments", "tokens")], counts)
    print(f"{name}: {counts[0]} rows, {counts[1]} segments and {counts[2]} tokens are the same, read with {reader}")


if __name__ == "__main__":
    main(*sys.argv[1:])
