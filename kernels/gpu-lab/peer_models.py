#!/usr/bin/env python3
"""peer_models.py FOLDER OUTPUT: MiniLM (FOLDER as LabModel writes it) in PyTorch alone, token ids to vectors on the host, as ours does it.

In bf16: packed, with torch.nn.attention.varlen (unpadded once; batches of 16,384, 65,536 and 262,144 tokens); padded, with
scaled_dot_product_attention and a mask, texts sorted by length or not. Each with and without torch.compile. Writes a JSON line each:
tokens per second of all texts, the best of five rounds, and the smallest cosine to FOLDER/expected.f32. Without a GPU it only compares
the padded form in fp32 with expected.f32 and exits with 1 if a cosine is below 0.9999.
"""
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F

GPU = torch.cuda.is_available()
DEVICE = 'cuda' if GPU else 'cpu'
HEADS, LAYERS = 12, 6


def read_safetensors(path):
    with open(path, 'rb') as file:
        data = file.read()
    (size,) = struct.unpack_from('<Q', data)
    header = json.loads(data[8:8 + size])
    body = torch.frombuffer(bytearray(data[8 + size:]), dtype=torch.uint8)
    return {name: body[slice(*entry['data_offsets'])].view(torch.float16).view(entry['shape']) for name, entry in header.items()}


class MiniLm:
    """BERT's encoder and the mean over tokens. `attend` gets the fused projection of queries, keys and values."""

    def __init__(self, weights, dtype):
        self.w = {name: tensor.to(DEVICE, dtype) for name, tensor in weights.items()}
        for i in range(LAYERS):
            at = f'encoder.layer.{i}.attention.self.'
            for kind in ('weight', 'bias'):
                self.w[f'{at}qkv.{kind}'] = torch.cat([self.w[f'{at}{part}.{kind}'] for part in ('query', 'key', 'value')])

    def linear(self, x, name):
        return F.linear(x, self.w[name + '.weight'], self.w[name + '.bias'])

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w[name + '.weight'], self.w[name + '.bias'], 1e-12)

    def states(self, ids, positions, attend):
        w = self.w
        x = w['embeddings.word_embeddings.weight'][ids] + w['embeddings.position_embeddings.weight'][positions]
        x = self.norm(x + w['embeddings.token_type_embeddings.weight'][0], 'embeddings.LayerNorm')
        for i in range(LAYERS):
            at = f'encoder.layer.{i}.'
            x = self.norm(x + self.linear(attend(self.linear(x, at + 'attention.self.qkv')), at + 'attention.output.dense'),
                          at + 'attention.output.LayerNorm')
            inner = F.gelu(self.linear(x, at + 'intermediate.dense'))
            x = self.norm(x + self.linear(inner, at + 'output.dense'), at + 'output.LayerNorm')
        return x


class Texts:
    """The ids of all texts end to end, in pinned memory, and their lengths."""

    def __init__(self, texts):
        self.lengths = torch.tensor([len(text) for text in texts])
        self.ids = torch.tensor([token for text in texts for token in text])
        if GPU:
            self.ids, self.lengths = self.ids.pin_memory(), self.lengths.pin_memory()

    def batches(self, tokens):
        """(ids, lengths) of neighbouring texts, at most `tokens` a batch."""
        first, at, size = 0, 0, 0
        for i, length in enumerate(self.lengths.tolist()):
            if size and size + length > tokens:
                yield self.ids[at:at + size], self.lengths[first:i]
                first, at, size = i, at + size, 0
            size += length
        yield self.ids[at:at + size], self.lengths[first:]


def packed_states(model, ids, positions, cu, longest):
    from torch.nn.attention.varlen import varlen_attn

    def attend(qkv):
        q, k, v = qkv.view(qkv.shape[0], 3, HEADS, -1).unbind(1)
        return varlen_attn(q, k, v, cu, cu, longest, longest).flatten(1)

    return model.states(ids, positions, attend)


def padded_states(model, ids, positions, mask):
    def attend(qkv):
        q, k, v = qkv.view(*qkv.shape[:2], 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)

    return model.states(ids, positions, attend)


def embed_packed(model, states, ids, lengths):
    longest = int(lengths.max())
    ids, lengths = ids.to(DEVICE, non_blocking=True), lengths.to(DEVICE, non_blocking=True)
    cu = F.pad(lengths.cumsum(0), (1, 0))
    positions = torch.arange(len(ids), device=DEVICE) - torch.repeat_interleave(cu[:-1], lengths, output_size=len(ids))
    x = states(model, ids, positions, cu.int(), longest)
    return torch.segment_reduce(x.float(), 'mean', lengths=lengths, axis=0).cpu()


def embed_padded(model, states, ids, lengths):
    longest = int(lengths.max())
    ids, lengths = ids.to(DEVICE, non_blocking=True), lengths.to(DEVICE, non_blocking=True)
    columns = torch.arange(longest, device=DEVICE)
    real = columns < lengths[:, None]
    rows = torch.zeros(real.shape, dtype=ids.dtype, device=DEVICE).masked_scatter_(real, ids)
    x = states(model, rows, columns.expand(rows.shape), real[:, None, None])
    x = x.float() * real[..., None]
    return (x.sum(1) / lengths[:, None]).cpu()


def smallest_cosine(vectors, expected):
    return F.cosine_similarity(vectors[:len(expected)].double(), expected.double()).min().item()


def main(folder, output):
    texts = [list(map(int, line.split())) for line in open(f'{folder}/ids.txt')]
    expected = torch.frombuffer(bytearray(open(f'{folder}/expected.f32', 'rb').read()), dtype=torch.float32).view(-1, 384)
    weights = read_safetensors(f'{folder}/model.safetensors')
    if not GPU:
        model = MiniLm(weights, torch.float32)
        few = Texts(texts[:len(expected)])
        cosine = smallest_cosine(embed_padded(model, padded_states, few.ids, few.lengths), expected)
        print(f'padded, fp32, on the CPU: smallest cosine {cosine:.7f}')
        return 0 if cosine > 0.9999 else 1
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    runs = [('packed varlen', embed_packed, packed_states, size, False) for size in (16_384, 65_536, 262_144)]
    runs += [('padded sdpa', embed_padded, padded_states, size, by_length) for size in (16_384, 65_536) for by_length in (True, False)]
    model = MiniLm(weights, torch.bfloat16)
    with open(output, 'w') as out, torch.inference_mode():
        for name, embed, states, size, by_length in runs:
            for compiled in (False, True):
                record = {'peer': name, 'batch_tokens': size, 'sorted': by_length, 'compiled': compiled}
                run_states = torch.compile(states, dynamic=True) if compiled else states
                taken = Texts([texts[i] for i in order] if by_length else texts)
                try:
                    seconds = []
                    for _ in range(5):
                        began = time.perf_counter()
                        parts = [embed(model, run_states, *batch) for batch in taken.batches(size)]
                        seconds.append(time.perf_counter() - began)
                    vectors = torch.cat(parts)
                    if by_length:
                        vectors = vectors[torch.tensor(order).argsort()]
                    record.update(tokens_per_second=sum(map(len, texts)) / min(seconds), cosine=smallest_cosine(vectors, expected))
                except Exception as e:  # one form's refusal is a result too
                    record['refused'] = str(e).splitlines()[0][:200]
                print(json.dumps(record), file=out, flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
