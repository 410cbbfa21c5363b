"""oracle.py CALLS: what OracleCalls wrote, beside PyTorch.

Attention is compared with scaled_dot_product_attention in float64 under the equivalent dense mask, and with FlexAttention under the equivalent
mask_mod and score_mod; block lists with create_block_mask; paddings with what flash-attention's bert_padding documents.
"""

import base64
import collections
import itertools
import json
import sys
import warnings

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import AuxRequest, create_block_mask, flex_attention

warnings.filterwarnings("ignore", message="flex_attention called without torch.compile")
TOLERANCE = 1e-5
INF = float("inf")


def floats(text):
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), "<f4").astype(np.float64))


class Call:
    """The call in PyTorch's layout: one row of a batch, with what tells the sequences apart in the mask."""

    def __init__(self, call):
        self.call = call
        self.heads, self.dim = call["heads"], call["dim"]
        self.cu_q, self.cu_k = torch.tensor(call["cu_seqlens_q"]), torch.tensor(call["cu_seqlens_k"])
        self.tokens, self.keys = int(self.cu_q[-1]), int(self.cu_k[-1])
        self.q = self.tensor("q", self.tokens, self.heads)
        self.k = self.tensor("k", self.keys, call["key_heads"])
        self.v = self.tensor("v", self.keys, call["key_heads"])
        lengths_q, lengths_k = self.cu_q.diff(), self.cu_k.diff()
        sequences = torch.arange(len(lengths_q))
        self.seq_q, self.seq_k = sequences.repeat_interleave(lengths_q), sequences.repeat_interleave(lengths_k)
        # positions in the own sequence; a query's is that of the key that it stands at
        self.pos_k = torch.arange(self.keys) - self.cu_k[:-1][self.seq_k]
        self.pos_q = torch.arange(self.tokens) - self.cu_q[:-1][self.seq_q] + (lengths_k - lengths_q)[self.seq_q]
        self.mask_mods = list(self.atoms())
        self.sinks = None if call["sinks"] is None else floats(call["sinks"])
        self.bias = self.additive_bias()
        self.softcap = torch.tensor(call["softcap"]).double() if call["softcap"] else None

    def tensor(self, name, tokens, heads):
        return floats(self.call[name]).view(tokens, heads, self.dim).transpose(0, 1)[None]

    def atoms(self):
        call, pos_q, pos_k, seq_q, seq_k = self.call, self.pos_q, self.pos_k, self.seq_q, self.seq_k
        yield lambda b, h, q, k: seq_q[q] == seq_k[k]
        if call["window"]:
            left, right = call["window"]
            if left >= 0:
                yield lambda b, h, q, k: pos_k[k] >= pos_q[q] - left
            if right >= 0:
                yield lambda b, h, q, k: pos_k[k] <= pos_q[q] + right
        if call["chunk"]:
            size = call["chunk"]
            yield lambda b, h, q, k: pos_q[q].div(size, rounding_mode="floor") == pos_k[k].div(size, rounding_mode="floor")
        if call["prefix"] is not None:
            prefix = torch.tensor(call["prefix"])
            yield lambda b, h, q, k: (pos_k[k] <= pos_q[q]) | (pos_k[k] < prefix[seq_k[k]])
        if call["query_documents"] is not None:
            documents_q = torch.tensor(sum(call["query_documents"], []))
            documents_k = torch.tensor(sum(call["key_documents"], []))
            yield lambda b, h, q, k: documents_q[q] == documents_k[k]
        if call["dense"] is not None:
            bits = torch.zeros(self.tokens, self.keys, dtype=torch.bool)
            for i, matrix in enumerate(call["dense"]):
                if matrix and matrix[0]:
                    bits[self.cu_q[i] : self.cu_q[i + 1], self.cu_k[i] : self.cu_k[i + 1]] = torch.tensor(matrix)
            yield lambda b, h, q, k: bits[q, k]

    def mask_mod(self, b, h, q, k):
        seen = self.mask_mods[0](b, h, q, k)
        for atom in self.mask_mods[1:]:
            seen = seen & atom(b, h, q, k)
        return seen

    def additive_bias(self):
        """[heads, tokens, keys], or None."""
        if self.call["bias"] is None:
            return None
        rows, columns = self.call["bias_shape"]
        bias = floats(self.call["bias"]).view(rows // self.tokens, self.tokens, columns).expand(self.heads, -1, -1)
        return bias[:, :, self.pos_k].clone()

    def score_mod(self, score, h, q, k):
        if self.softcap is not None:
            score = self.softcap * torch.tanh(score / self.softcap)
        return score if self.bias is None else score + self.bias[h, q, k]

    def flex(self):
        def mask_mod(b, h, q, k):  # FlexAttention looks at the signature, and takes no method
            return self.mask_mod(b, h, q, k)

        def score_mod(score, b, h, q, k):
            return self.score_mod(score, h, q, k)

        torch._dynamo.reset()  # else shapes become symbols, which costs more
        block_mask = create_block_mask(mask_mod, None, None, self.tokens, self.keys, "cpu", tuple(self.call["block_size"]))
        out, aux = flex_attention(
            self.q, self.k, self.v, score_mod, block_mask, self.call["scale"], enable_gqa=True, return_aux=AuxRequest(lse=True)
        )
        lse = aux.lse[0].double()
        out = out[0]
        if self.sinks is not None:
            out = out * torch.sigmoid(lse - self.sinks[:, None]).nan_to_num(0)[..., None]
            lse = torch.logaddexp(lse, self.sinks[:, None].expand_as(lse))
        return out, lse, block_mask

    def sdpa(self):
        """None with a soft cap, for which there is no argument."""
        if self.softcap is not None:
            return None
        q, k = torch.arange(self.tokens)[:, None], torch.arange(self.keys)[None]
        additive = torch.zeros(self.heads, self.tokens, self.keys).double()
        if self.bias is not None:
            additive += self.bias.nan_to_num(0, INF, -INF)  # NaN only where the mask hides
        additive = additive.masked_fill(~self.mask_mod(0, 0, q, k), -INF)
        keys, values = self.k, self.v
        if self.sinks is not None:  # one more key, with a score of its own and no value
            additive = torch.cat((additive, self.sinks[:, None, None].expand(-1, self.tokens, 1)), -1)
            keys, values = F.pad(keys, (0, 0, 0, 1)), F.pad(values, (0, 0, 0, 1))
        return F.scaled_dot_product_attention(self.q, keys, values, additive[None], scale=self.call["scale"], enable_gqa=True)[0]


def attention(line, number, counts):
    call = Call(line)
    flex, flex_lse, block_mask = call.flex()
    sdpa = call.sdpa()
    seen = call.mask_mod(0, 0, torch.arange(call.tokens)[:, None], torch.arange(call.keys)[None])
    if call.bias is not None:
        seen = seen & (call.bias != -INF)
    seen = seen.expand(call.heads, -1, -1)
    values = call.v[0].abs().amax(-1).repeat_interleave(call.heads // line["key_heads"], 0)
    bound = TOLERANCE * (seen * values[:, None]).amax(-1)
    blind = ~seen.any(-1)
    for kernel, result in line["results"].items():
        name = f"call {number}, {kernel}"
        out = floats(result["o"]).view(call.tokens, call.heads, call.dim).transpose(0, 1)
        lse = floats(result["lse"]).view(call.heads, call.tokens)
        assert (out[blind] == 0).all(), f"{name}: a query without keys has an output"
        for peer, expected in (("FlexAttention", flex), ("SDPA", sdpa)):
            if expected is not None:
                expected = expected.masked_fill(blind[..., None], 0)
                worst = ((out - expected).abs().amax(-1) - bound).max()
                assert worst <= 0, f"{name}: outputs are {worst} farther from {peer}'s than they may be"
                counts[f"outputs of {peer}"] += 1
        expected = torch.full_like(lse, -INF) if call.sinks is None else call.sinks[:, None].expand_as(lse)
        expected = torch.where(blind, expected, flex_lse)
        same = (lse == expected) | ((lse - expected).abs() <= TOLERANCE * expected.abs().clamp(min=1))
        assert same.all(), f"{name}: LSE {lse[~same][0]} is not {expected[~same][0]}"
    for ours, theirs in {
        "kvNumBlocks": block_mask.kv_num_blocks,
        "kvIndices": block_mask.kv_indices,
        "fullKvNumBlocks": block_mask.full_kv_num_blocks,
        "fullKvIndices": block_mask.full_kv_indices,
    }.items():
        assert line["block_mask"][ours] == theirs[0, 0].tolist(), f"call {number}: {ours} differ"
    counts["block masks"] += 1
    counts["queries without keys"] += int(blind.sum())
    for name in ("window", "chunk", "prefix", "query_documents", "dense", "softcap", "bias", "sinks"):
        counts["with " + name] += line[name] not in (None, 0)


def packed(mask, lengths):
    """What flash-attention calls indices, cu_seqlens and max_seqlen_in_batch."""
    columns = len(mask[0])
    return {
        "indices": [r * columns + c for r, row in enumerate(mask) for c, real in enumerate(row) if real],
        "cu_seqlens": [0, *itertools.accumulate(lengths)],
        "max_seqlen": max(lengths, default=0),
    }


def unpad_input(attention_mask):
    return packed(attention_mask, [sum(row) for row in attention_mask])


def unpad_input_for_concatenated_sequences(in_length):
    filled = [[column < sum(row) for column in range(len(row))] for row in in_length]
    return packed(filled, [length for row in in_length for length in row if length])


def padding(line, number, counts):
    for name, function, argument in (
        ("unpad_input", unpad_input, "attention_mask"),
        ("unpad_input_for_concatenated_sequences", unpad_input_for_concatenated_sequences, "attention_mask_in_length"),
    ):
        assert line[name] == function(line[argument]), f"padding {number}: {name}"
    positions = line["position_ids"]
    starts = [i for i, position in enumerate(positions) if position == 0]
    assert line["of_position_ids"] == starts + [len(positions)], f"padding {number}: position_ids"
    counts["paddings"] += 1


def main(path):
    torch.set_num_threads(2)
    counts = collections.Counter()
    with open(path) as lines:
        for number, line in enumerate(lines):
            line = json.loads(line)
            (attention if line["kind"] == "attention" else padding)(line, number, counts)
    for name, count in sorted(counts.items()):
        print(f"{count:8} {name}")
    missing = [name for name, count in counts.items() if count == 0]
    assert not missing and len(counts) == 13, f"not compared: {missing or counts.keys()}"


main(sys.argv[1])
