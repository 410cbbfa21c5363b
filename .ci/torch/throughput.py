#!/usr/bin/env python3
"""Tokens per second of PackedDataset beside `datasets` and a bare pyarrow read of the same files, in turns: throughput.py DATASET ROUNDS

Each reads row_id, input_ids, n_tokens and cu_seqlens of the whole dataset in one process, gives rows with NumPy arrays, and adds up the real
ids; the sums must agree. Then batches of 8 rows as flash attention takes them, without and with two DataLoader workers. Prints medians and
their ratio to that of `datasets`.
"""

import statistics
import sys
import time
from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as parquet
import torch
from torch.utils.data import DataLoader

from spark_varlen.torch import PackedDataset, collate

COLUMNS = ["row_id", "input_ids", "n_tokens", "cu_seqlens"]
folder, rounds = sys.argv[1], int(sys.argv[2])
files = [str(file) for file in sorted(Path(folder).glob("part-*.parquet"))]


def bare():
    """Decoding alone: batches of columns, no rows. The most that any reader by pyarrow can do on one thread."""
    tokens = total = 0
    for file in files:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=256, columns=COLUMNS, use_threads=False):
            ids = batch.column("input_ids").flatten().to_numpy().reshape(len(batch), -1)
            n_tokens = batch.column("n_tokens").to_numpy()
            tokens += int(n_tokens.sum())
            total += int(ids.sum(dtype=np.int64)) - sum(int(row[n:].sum(dtype=np.int64)) for row, n in zip(ids, n_tokens) if n < len(row))
    return tokens, total


def of_rows(rows):
    tokens = total = 0
    for row in rows:
        n = int(row["n_tokens"])
        tokens, total = tokens + n, total + int(row["input_ids"][:n].sum(dtype=np.int64))
    return tokens, total


def hugging_face():
    return of_rows(datasets.load_dataset("parquet", data_files=files, split="train", streaming=True).select_columns(COLUMNS).with_format("numpy"))


def ours(**options):
    return of_rows(PackedDataset(folder, **options))


def loader(workers):
    # whose workers are there from the first turn on
    return DataLoader(PackedDataset(folder, batch_size=8), 8, num_workers=workers, collate_fn=collate, persistent_workers=workers > 0)


LOADERS = {workers: loader(workers) for workers in (0, 2)}


def batches(workers):
    tokens = total = 0
    for batch in LOADERS[workers]:
        tokens, total = tokens + len(batch["input_ids"]), total + int(batch["input_ids"].sum())
    return tokens, total


WAYS = {
    "datasets, streaming, as NumPy": hugging_face,
    "pyarrow alone, no rows": bare,
    "PackedDataset": ours,
    "PackedDataset, shuffled": lambda: ours(shuffle=True),
    "PackedDataset, verified": lambda: ours(verify=True),
    "batches of collate, no workers": lambda: batches(0),
    "batches of collate, 2 workers": lambda: batches(2),
}

torch.set_num_threads(1)
rates = {name: [] for name in WAYS}
seen = set()
for turn in range(rounds + 1):
    for name, read in WAYS.items():
        began = time.perf_counter()
        tokens, total = read()
        seconds = time.perf_counter() - began
        seen.add((tokens, total))
        # the first turn warms up
        if turn:
            rates[name].append(tokens / seconds)
if len(seen) != 1:
    sys.exit(f"not all read the same: {seen}")
base = statistics.median(rates["datasets, streaming, as NumPy"])
print(f"{tokens} tokens in {len(files)} files; median of {rounds}, million tokens/s\n")
for name, measured in rates.items():
    print(f"{name:32} {statistics.median(measured) / 1e6:8.1f}  {statistics.median(measured) / base:6.1f} x")
