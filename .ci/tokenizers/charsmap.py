"""Builds SentencePiece "precompiled charsmaps": a little-endian uint32 trie size, a Darts double-array trie, and replacement
strings that end in NUL. Used to look at grapheme clusters through Hugging Face's `Precompiled` normalizer, and to train layouts."""
import base64
import json
import struct

from tokenizers import normalizers


def charsmap(mapping):
    """The bytes of the charsmap that replaces each key of `mapping` (str to str)."""
    blob, offsets = bytearray(), {}
    for target in mapping.values():
        if target not in offsets:
            offsets[target] = len(blob)
            blob += target.encode() + b"\0"
    trie = {}
    for key, target in mapping.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = offsets[target]
    units = _double_array(trie)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + bytes(blob)


def normalizer(mapping):
    """Hugging Face's `Precompiled` normalizer of `mapping`."""
    return normalizers.Precompiled(charsmap(mapping))


def _double_array(trie):
    # A unit is value | 1 << 31 for a leaf, else label | has_leaf << 8 | offset << 10 (offset < 2^21) or (offset >> 8) << 10 | 1 << 9.
    units, used = [0] * 256, bytearray(256)
    used[0] = 1
    free_from = 1
    todo = [(trie, 0)]
    while todo:
        node, at = todo.pop()
        labels = sorted(node)
        base = free_from
        while True:
            offset = at ^ base
            small = offset < 1 << 21
            if base + 256 > len(units):
                units += [0] * 4096
                used += bytes(4096)
            if (small or offset & 0xFF == 0) and not any(used[base ^ label] for label in labels):
                break
            base += 1
        units[at] |= (offset << 10) if small else ((offset >> 8) << 10 | 1 << 9)
        for label in labels:
            child = base ^ label
            used[child] = 1
            if label == 0:
                units[at] |= 1 << 8
                units[child] = node[0] | 1 << 31
            else:
                units[child] = label
                todo.append((node[label], child))
        while free_from < len(used) and used[free_from]:
            free_from += 1
    return units


if __name__ == "__main__":
    n = normalizer({"a": "Z", "bc": "Y", "é": "e"})
    assert n.normalize_str("xabcé") == "xZbce", n.normalize_str("xabcé")
    print(json.dumps(base64.b64encode(charsmap({"a": "b"}))[:40].decode()))
