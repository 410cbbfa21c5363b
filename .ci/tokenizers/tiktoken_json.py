"""Writes an encoding of tiktoken as a tokenizer.json, whose vocabulary then is as large as those that people use.

Usage: tiktoken_json.py cl100k_base|o200k_base JTOKKIT.jar OUTPUT.json
"""
import base64
import json
import sys
import zipfile

from layouts import LLAMA3, O200K

PATTERNS = {"cl100k_base": LLAMA3, "o200k_base": O200K}


def byte_alphabet():
    """The characters that byte-level BPE writes bytes as (GPT-2)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in set(printable)]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


def merge_of(token, ranks):
    """The last merge that makes a token: of its two parts when it is encoded with the ranks below its own alone."""
    parts = [bytes([b]) for b in token]
    while len(parts) > 2:
        rank, at = min((ranks.get(parts[i] + parts[i + 1], 1 << 30), i) for i in range(len(parts) - 1))
        if rank >= ranks[token]:
            raise ValueError(f"no merges make the token {token}")
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    return parts


def main(name, jar, output):
    with zipfile.ZipFile(jar) as archive:
        lines = archive.read(f"com/knuddels/jtokkit/{name}.tiktoken").splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    alphabet = byte_alphabet()

    def written(token):
        return "".join(alphabet[b] for b in token)

    tokens = sorted(ranks, key=ranks.get)
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PATTERNS[name]}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {written(token): ranks[token] for token in tokens},
            "merges": [list(map(written, merge_of(token, ranks))) for token in tokens if len(token) > 1]},
    }
    with open(output, "w", encoding="utf-8") as file:
        json.dump(tokenizer, file, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
