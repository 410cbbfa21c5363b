"""Recomputes the golden digest without any code of the project.

golden_digest.py           checks golden.json and exits with 1 if a value differs
golden_digest.py --write   writes the recomputed hashes and the digest into golden.json

The definitions are those of the packed dataset's format: the row hash, the checksum, the digest and the group hash.
"""

import hashlib
import json
import pathlib
import struct
import sys

FILE = pathlib.Path(__file__).with_name("golden.json")


def group_hash(seed, doc_id):
    digest = hashlib.sha256(struct.pack("<q", seed) + doc_id.encode("utf-8")).digest()
    return digest[:8].hex()


def row_hash(row):
    n_tokens = row["n_tokens"]
    sha = hashlib.sha256(struct.pack("<i", n_tokens))
    sha.update(struct.pack(f"<{n_tokens}i", *row["input_ids"][:n_tokens]))
    for segment in row["segments"]:
        doc_id = segment["doc_id"].encode("utf-8")
        sha.update(struct.pack("<i", len(doc_id)) + doc_id)
        sha.update(struct.pack("<iqi", segment["chunk"], segment["token_start"], segment["token_count"]))
    if "loss_mask" in row:
        sha.update(struct.pack(f"<{len(row['loss_mask'])}b", *row["loss_mask"]))
    return sha.digest()


def recompute(golden):
    total = 0
    for document in golden["documents"]:
        document["group_hash"] = group_hash(golden["seed"], document["doc_id"])
    for row in golden["rows"]:
        row["hash"] = row_hash(row).hex()
        row["checksum"] = struct.unpack(">q", bytes.fromhex(row["hash"])[:8])[0]
        total += int(row["hash"], 16)
    golden["digest"] = f"{total % 2**256:064x}"
    return golden


def main():
    committed = json.loads(FILE.read_text(encoding="utf-8"))
    recomputed = recompute(json.loads(json.dumps(committed)))
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(json.dumps(recomputed, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")
    elif recomputed != committed:
        sys.exit(f"golden.json holds digest {committed.get('digest')}, recomputed {recomputed['digest']}")
    print(recomputed["digest"])


main()
