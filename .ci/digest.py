#!/usr/bin/env python3
"""Recomputes the row hashes and the digest of a packed dataset from its Parquet files, sharing no code with what wrote them.

    digest.py DATASET [--expect DIGEST]

Checks every row against its checksum and its own structure, and the sum against the manifest (and DIGEST). Prints the digest.
The format is that of the specification: a row hash is the SHA-256 over little-endian int32 n_tokens, the real ids as int32, for each
segment its doc_id (int32 length, UTF-8), int32 chunk, int64 token_start and int32 token_count, then the loss mask where there is one;
the digest is the sum of the row hashes mod 2^256.
"""
import argparse
import hashlib
import json
import struct
import sys
from pathlib import Path

import pyarrow.parquet as parquet


def row_hash(row):
    real = row["input_ids"][: row["n_tokens"]]
    sha = hashlib.sha256(struct.pack("<i", row["n_tokens"]) + struct.pack(f"<{len(real)}i", *real))
    for segment in row["segments"]:
        doc_id = segment["doc_id"].encode()
        sha.update(struct.pack("<i", len(doc_id)) + doc_id)
        sha.update(struct.pack("<iqi", segment["chunk"], segment["token_start"], segment["token_count"]))
    if row.get("loss_mask") is not None:
        sha.update(struct.pack(f"{len(row['loss_mask'])}b", *row["loss_mask"]))
    return sha.digest()


def faults(row, seq_len, pad_id):
    """What is wrong with the structure of a row, in words."""
    n, ids, bounds = row["n_tokens"], row["input_ids"], row["cu_seqlens"]
    if len(ids) != seq_len:
        yield f"{len(ids)} input_ids"
    if any(i != pad_id for i in ids[n:]):
        yield f"something other than {pad_id} behind token {n}"
    if bounds[0] != 0 or bounds[-1] != n or any(a >= b for a, b in zip(bounds, bounds[1:])):
        yield f"cu_seqlens {bounds} for {n} tokens"
    if [b - a for a, b in zip(bounds, bounds[1:])] != [s["token_count"] for s in row["segments"]]:
        yield "cu_seqlens and segments disagree"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("dataset", type=Path)
    arguments.add_argument("--expect", metavar="DIGEST")
    options = arguments.parse_args()

    manifest = json.loads((options.dataset / "_varlen" / "manifest.json").read_text("utf-8"))
    packing = manifest["packing"]
    total, rows, ids, wrong = 0, 0, set(), []
    for part in manifest["parts"]:
        for batch in parquet.ParquetFile(options.dataset / part["file"]).iter_batches(batch_size=256):
            for row in batch.to_pylist():
                sha = row_hash(row)
                total, rows = (total + int.from_bytes(sha, "big")) % 2**256, rows + 1
                ids.add(row["row_id"])
                wrong += [f"row {row['row_id']}: {fault}" for fault in faults(row, packing["seq_len"], packing["pad_id"])]
                if int.from_bytes(sha[:8], "big", signed=True) != row["checksum"]:
                    wrong.append(f"row {row['row_id']}: checksum {row['checksum']} is not that of its content")
    digest = f"{total:064x}"
    if rows == 0 or len(ids) != rows or rows != packing["rows"]:
        wrong.append(f"{rows} rows with {len(ids)} different row_id, the manifest says {packing['rows']}")
    for source, expected in (("the manifest", packing["digest"]), ("--expect", options.expect)):
        if expected not in (None, digest):
            wrong.append(f"digest {digest}, {source} says {expected}")
    print("\n".join(wrong[:20]) or f"{digest}  {rows} rows of {options.dataset}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
