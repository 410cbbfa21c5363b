"""Packed datasets made by pyarrow alone, and the same things as the package computes, in plain Python."""

from __future__ import annotations

import hashlib
import json
import os
import random
import struct

import pyarrow as pa
import pyarrow.parquet as parquet


def seeded():
    """A random generator whose seed is printed; VARLEN_TEST_SEED sets it."""
    seed = int(os.environ.get("VARLEN_TEST_SEED", random.randrange(2**32)))
    print(f"seed {seed} (VARLEN_TEST_SEED)")
    return random.Random(seed)


def random_row(rng, row_id, seq_len, loss_mask=False, pad_id=0, full=False):
    n = seq_len if full else rng.randint(1, seq_len)
    cuts = sorted(rng.sample(range(1, n), min(n - 1, rng.randint(0, 5))))
    bounds = [0, *cuts, n]
    row = {
        "row_id": row_id,
        "input_ids": [rng.randint(1, 999) for _ in range(n)] + [pad_id] * (seq_len - n),
        "n_tokens": n,
        "cu_seqlens": bounds,
        "segments": [
            {"doc_id": f"dokument-ä{row_id}-{i}", "source": i % 2, "chunk": i, "token_start": i * 7, "token_count": b - a}
            for i, (a, b) in enumerate(zip(bounds, bounds[1:]))
        ],
    }
    if loss_mask:
        row["loss_mask"] = [rng.randint(0, 1) for _ in range(n)] + [0] * (seq_len - n)
    row["checksum"] = checksum(row)
    return row


def checksum(row):
    data = struct.pack("<i", row["n_tokens"]) + b"".join(struct.pack("<i", i) for i in row["input_ids"][: row["n_tokens"]])
    for s in row["segments"]:
        name = s["doc_id"].encode()
        data += struct.pack("<i", len(name)) + name + struct.pack("<iqi", s["chunk"], s["token_start"], s["token_count"])
    if "loss_mask" in row:
        data += struct.pack(f"{len(row['loss_mask'])}b", *row["loss_mask"])
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big", signed=True)


SEGMENT = pa.struct(
    [("doc_id", pa.string()), ("source", pa.int32()), ("chunk", pa.int32()), ("token_start", pa.int64()), ("token_count", pa.int32())]
)


def write(folder, parts, seq_len, loss_mask=False, row_group=3, **manifest):
    """Writes rows, a list per part, as a packed dataset; keyword arguments take the place of what is in the manifest."""
    (folder / "_varlen").mkdir(parents=True)
    schema = pa.schema(
        [
            ("row_id", pa.int64()),
            ("input_ids", pa.list_(pa.int32())),
            ("n_tokens", pa.int32()),
            ("cu_seqlens", pa.list_(pa.int32())),
            ("segments", pa.list_(SEGMENT)),
            ("checksum", pa.int64()),
            *([("loss_mask", pa.list_(pa.int8()))] if loss_mask else []),
        ]
    )
    entries = []
    for i, rows in enumerate(parts):
        # as after an append: parts of two jobs, whose numbers begin anew
        name = f"part-{'0badcafe' if i % 2 else 'deadbeef'}-{i // 2:05d}.parquet"
        parquet.write_table(pa.Table.from_pylist(rows, schema=schema), folder / name, row_group_size=row_group)
        entries.append({"file": name, "rows": len(rows), "bytes": (folder / name).stat().st_size})
    packing = {"seq_len": seq_len, "pad_id": 0, "loss_mask": loss_mask, "digest": f"{len(parts):064x}", "rows": sum(map(len, parts))}
    whole = {"format": 1, "fingerprint": {"command": "pack"}, "parts": entries, "packing": packing, **manifest}
    (folder / "_varlen" / "manifest.json").write_text(json.dumps(whole))
    return folder


def random_dataset(folder, rng, rows, parts=3, seq_len=16, loss_mask=False):
    """So many rows in about so many parts, with gaps in the row ids as removal leaves them."""
    ids = sorted(rng.sample(range(rows * 3 + 1), rows))
    made = [random_row(rng, row_id, seq_len, loss_mask) for row_id in ids]
    cuts = sorted(rng.randint(0, rows) for _ in range(parts - 1))
    write(folder, [made[a:b] for a, b in zip([0, *cuts], [*cuts, rows])], seq_len, loss_mask)
    return made
