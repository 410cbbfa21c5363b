#!/usr/bin/env python3
"""peer_llama.py FOLDER OUTPUT: the decoder of the layouts (FOLDER as LayoutPart writes it) in PyTorch alone, token ids to hidden states on the device.

Its weights come from the same seed, drawn on the device. In bf16: packed, with torch.nn.attention.varlen (unpadded once; batches of eight
documents, as ours, and of 16,384 and 65,536 tokens); padded to the longest of eight documents, with scaled_dot_product_attention, sorted by length
or not. Each with and without torch.compile. Writes a JSON line each: tokens per second of all documents, the best of five rounds, and the smallest
cosine to our states. Without a GPU it only compares both forms in fp32 with our states, packed ones with attention sequence by sequence, and exits with 1
if one is apart by more than 1e-4 of the largest.
"""
import inspect
import json
import sys
import time

import torch
import torch.nn.functional as F

GPU = torch.cuda.is_available()
DEVICE = 'cuda' if GPU else 'cpu'


def signed(x):
    return x - 2**64 if x >= 2**63 else x


class SplittableRandom:
    """java.util.SplittableRandom of one seed, many numbers at a time."""

    GAMMA = 0x9E3779B97F4A7C15

    def __init__(self, seed):
        self.state = seed

    @staticmethod
    def mixed(z, shift, factor):
        z = z ^ ((z >> shift) & (2**(64 - shift) - 1))
        return z * signed(factor) if factor else z

    def doubles(self, count):
        """In [0, 1), as nextDouble() gives them."""
        z = torch.arange(1, count + 1, device=DEVICE) * signed(self.GAMMA) + signed(self.state)
        self.state = (self.state + count * self.GAMMA) % 2**64
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 0)):
            z = self.mixed(z, shift, factor)
        return ((z >> 11) & (2**53 - 1)).double() * 2.0**-53


class Decoder:
    """RandomDecoder's weights and forward pass. `attend` gets queries [..., heads, dim], and keys and values of fewer heads."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype = shape, dtype
        random = SplittableRandom(shape['seed'])
        hidden, dim = shape['hidden'], shape['head_dim']
        self.projected = (shape['heads'] + 2 * shape['key_heads']) * dim

        def weights(outputs, inputs, bound):
            return (bound * (2 * random.doubles(outputs * inputs) - 1)).float().view(outputs, inputs).to(dtype)

        def linear(outputs, inputs):
            return weights(outputs, inputs, (3 / inputs) ** 0.5)

        self.embeddings = weights(shape['vocabulary'], hidden, 1)
        self.layers = [[linear(self.projected, hidden), linear(hidden, shape['heads'] * dim), linear(shape['inner'], hidden),
                        linear(shape['inner'], hidden), linear(hidden, shape['inner'])] for _ in range(shape['layers'])]
        self.ones = torch.ones(hidden, dtype=dtype, device=DEVICE)
        angles = torch.arange(shape['positions'])[:, None] * shape['rope_base'] ** (-torch.arange(dim // 2).double() / (dim // 2))
        self.cosines, self.sines = (of(angles).float().to(DEVICE, dtype) for of in (torch.cos, torch.sin))

    def norm(self, x):
        return F.rms_norm(x, x.shape[-1:], self.ones, self.shape['epsilon'])

    @staticmethod
    def rotated(x, cosines, sines):
        first, second = x.chunk(2, -1)
        return torch.cat((first * cosines - second * sines, second * cosines + first * sines), -1)

    def states(self, ids, positions, attend):
        heads, key_heads, dim = self.shape['heads'], self.shape['key_heads'], self.shape['head_dim']
        cosines, sines = self.cosines[positions].unsqueeze(-2), self.sines[positions].unsqueeze(-2)
        x = self.embeddings[ids]
        for projection, output, gate, up, down in self.layers:
            qkv = F.linear(self.norm(x), projection).unflatten(-1, (-1, dim))
            q, k, v = qkv.split((heads, key_heads, key_heads), -2)
            x = x + F.linear(attend(self.rotated(q, cosines, sines), self.rotated(k, cosines, sines), v).flatten(-2), output)
            h = self.norm(x)
            x = x + F.linear(F.silu(F.linear(h, gate)) * F.linear(h, up), down)
        return self.norm(x)


def padded_states(decoder, ids, positions):
    def attend(q, k, v):  # what is real comes first, so no query sees padding
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True).transpose(1, 2)

    return decoder.states(ids, positions, attend)


def varlen(q, k, v, cu, longest):
    if not GPU:  # varlen_attn is for GPUs
        parts = zip(*(x.split(cu.diff().tolist()) for x in (q, k, v)))
        return torch.cat([F.scaled_dot_product_attention(*(x.transpose(0, 1) for x in part), is_causal=True, enable_gqa=True).transpose(0, 1)
                          for part in parts])
    from torch.nn.attention.varlen import varlen_attn
    known = inspect.signature(varlen_attn).parameters
    options = {'window_size': (-1, 0)} if 'window_size' in known else {'is_causal': True}
    if 'enable_gqa' in known:
        options['enable_gqa'] = True
    else:  # what a user of that version does
        k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
    return varlen_attn(q, k, v, cu, cu, longest, longest, **options)


def packed_states(decoder, ids, positions, cu, longest):
    return decoder.states(ids, positions, lambda q, k, v: varlen(q, k, v, cu, longest))


def run_packed(decoder, states, documents):
    lengths = [len(document) for document in documents]
    ids = torch.cat(documents).to(DEVICE, non_blocking=True)
    positions = torch.cat([torch.arange(length) for length in lengths]).to(DEVICE, non_blocking=True)
    cu = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    return states(decoder, ids, positions, cu.to(DEVICE), max(lengths)).split(lengths)


def run_padded(decoder, states, documents):
    rows = torch.nn.utils.rnn.pad_sequence(documents, batch_first=True).to(DEVICE, non_blocking=True)
    positions = torch.arange(rows.shape[1], device=DEVICE).expand(rows.shape)
    return [row[:len(document)] for row, document in zip(states(decoder, rows, positions), documents)]


def batches(documents, most_documents, most_tokens):
    batch = []
    for document in documents:
        if batch and (len(batch) == most_documents or sum(map(len, batch)) + len(document) > most_tokens):
            yield batch
            batch = []
        batch.append(document)
    yield batch


def first_states(decoder, run, states, documents):
    """Those that LayoutPart keeps: 128 of each of four documents."""
    return torch.cat([of_one[:128] for of_one in run(decoder, states, documents[:4])]).float().cpu()


def main(folder, output):
    shape = json.load(open(f'{folder}/shape.json'))
    documents = [torch.tensor(list(map(int, line.split()))) for line in open(f'{folder}/ids.txt')]
    expected = torch.frombuffer(bytearray(open(f'{folder}/states.f32', 'rb').read()), dtype=torch.float32).view(-1, shape['hidden'])
    if not GPU:
        decoder, worst = Decoder(shape, torch.float32), 0
        for name, run, states in (('padded', run_padded, padded_states), ('packed', run_packed, packed_states)):
            found = first_states(decoder, run, states, documents)
            apart = ((found - expected).abs().max() / expected.abs().max()).item()
            print(f'{name}, fp32, on the CPU: {len(found)} hidden states apart by {apart:.1e} of the largest')
            worst = max(worst, apart) if apart == apart else float('inf')
        return 0 if worst <= 1e-4 else 1
    decoder = Decoder(shape, torch.bfloat16)
    by_length = sorted(documents, key=len)
    runs = [('packed varlen', run_packed, packed_states, documents, *most) for most in ((8, 2**30), (2**30, 16_384), (2**30, 65_536))]
    runs += [('padded sdpa', run_padded, padded_states, taken, 8, 2**30) for taken in (documents, by_length)]
    with open(output, 'w') as out, torch.inference_mode():
        for name, run, states, taken, most_documents, most_tokens in runs:
            for compiled in (False, True):
                record = {'peer': name, 'documents': min(most_documents, len(documents)), 'batch_tokens': most_tokens,
                          'sorted': taken is by_length, 'compiled': compiled}
                run_states = torch.compile(states, dynamic=True) if compiled else states
                try:
                    seconds = []
                    for _ in range(5):
                        began = time.perf_counter()
                        for batch in batches(taken, most_documents, most_tokens):
                            run(decoder, run_states, batch)
                        torch.cuda.synchronize()
                        seconds.append(time.perf_counter() - began)
                    found = first_states(decoder, run, run_states, documents)
                    record.update(tokens_per_second=sum(map(len, documents)) / min(seconds),
                                  cosine=F.cosine_similarity(found.double(), expected.double()).min().item())
                except Exception as e:  # one form's refusal is a result too
                    record['refused'] = str(e).splitlines()[0][:200]
                print(json.dumps(record), file=out, flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
