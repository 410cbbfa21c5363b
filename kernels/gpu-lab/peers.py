#!/usr/bin/env python3
"""peers.py CASES OUTPUT [SECONDS]: PyTorch's attention on a GPU, bf16, with nothing but PyTorch.

For each line of CASES (cases.py): torch.nn.attention.varlen on the packed tokens; scaled_dot_product_attention with flash and cuDNN,
padded where lengths differ; FlexAttention, compiled, with a document mask, its BlockMask made outside the timing and timed by itself.
Writes a JSON line per case and peer to OUTPUT as soon as it is known: milliseconds (the median of calls timed by events, a cache flushed
before each), useful TFLOP/s, and GB/s of what must be read and written once. The first line is the device with the bandwidth of a
copy. After SECONDS (default 300) it says which cases were left.
"""
import inspect
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

FLEX = ('equal-128', 'lognormal-128', 'equal-2048', 'lognormal-2048', 'equal-8192')


def milliseconds(call, repeats=15):
    """The median time of a call on the device."""
    flush = torch.empty(128 * 2**20, dtype=torch.int8, device='cuda')
    for _ in range(3):
        call()
    times = []
    for _ in range(repeats):
        flush.zero_()
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        call()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return statistics.median(times)


def copy_bandwidth():
    """GB/s of a copy within the device's memory, read and written bytes counted."""
    source = torch.empty(2**30, dtype=torch.int8, device='cuda')
    target = torch.empty_like(source)
    return 2 * source.numel() / milliseconds(lambda: target.copy_(source)) / 1e6


class Case:
    """One line of the list, and its tensors."""

    def __init__(self, line):
        self.name, self.mask, heads, key_heads, dim, lengths = line.rstrip('\n').split('\t')
        self.heads, self.key_heads, self.dim = int(heads), int(key_heads), int(dim)
        self.lengths = [int(length) for length in lengths.split(',')]
        self.tokens, self.longest = sum(self.lengths), max(self.lengths)
        self.causal = self.mask == 'causal'

    def flops(self):
        pairs = sum(n * (n + 1) // 2 if self.causal else n * n for n in self.lengths)
        return 4 * pairs * self.dim * self.heads

    def moved_bytes(self):
        return 2 * self.tokens * self.dim * (2 * self.heads + 2 * self.key_heads)

    def packed(self):
        generator = torch.Generator('cuda').manual_seed(1)
        shapes = ((self.tokens, heads, self.dim) for heads in (self.heads, self.key_heads, self.key_heads))
        return [torch.randn(shape, device='cuda', generator=generator, dtype=torch.bfloat16) for shape in shapes]

    def padded(self):
        """[batch, heads, longest, dim], zeros behind each sequence."""
        rows = torch.full((len(self.lengths), self.longest), self.tokens, device='cuda')
        at = 0
        for i, length in enumerate(self.lengths):
            rows[i, :length] = torch.arange(at, at + length, device='cuda')
            at += length
        return [torch.cat((x, x.new_zeros(1, *x.shape[1:])))[rows].transpose(1, 2).contiguous() for x in self.packed()]

    def offsets(self):
        return torch.tensor([0, *self.lengths], device='cuda').cumsum(0).to(torch.int32)


def varlen(case):
    from torch.nn.attention.varlen import varlen_attn
    q, k, v = case.packed()
    cu = case.offsets()
    known = inspect.signature(varlen_attn).parameters
    options = {'window_size': (-1, 0 if case.causal else -1)} if 'window_size' in known else {'is_causal': case.causal}
    if case.heads != case.key_heads:
        if 'enable_gqa' in known:
            options['enable_gqa'] = True
        else:  # what a user of that version does
            k, v = (x.repeat_interleave(case.heads // case.key_heads, 1) for x in (k, v))
    return milliseconds(lambda: varlen_attn(q, k, v, cu, cu, case.longest, case.longest, **options)), {}


def sdpa(backend):
    def run(case):
        padded_bytes = 2 * len(case.lengths) * case.longest * case.dim * (2 * case.heads + 2 * case.key_heads)
        if padded_bytes > 16 * 2**30:
            raise RuntimeError(f'padded to {padded_bytes / 2**30:.0f} GiB')
        q, k, v = case.padded()
        options = {'is_causal': case.causal, 'enable_gqa': case.heads != case.key_heads}
        with sdpa_kernel(backend):  # padding is computed and read, as a user without varlen does it
            return milliseconds(lambda: F.scaled_dot_product_attention(q, k, v, **options)), {'padded': case.longest * len(case.lengths)}
    return run


def flex(case):
    if not case.name.endswith(FLEX):
        return None
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention
    q, k, v = (x.transpose(0, 1).unsqueeze(0).contiguous() for x in case.packed())
    document = torch.repeat_interleave(torch.arange(len(case.lengths), device='cuda'), torch.tensor(case.lengths, device='cuda'))

    def visible(b, h, i, j):
        same = document[i] == document[j]
        return same & (i >= j) if case.causal else same

    begin = time.perf_counter()
    mask = torch.compile(create_block_mask)(visible, None, None, case.tokens, case.tokens, device='cuda')
    torch.cuda.synchronize()
    first = time.perf_counter() - begin
    making = milliseconds(lambda: torch.compile(create_block_mask)(visible, None, None, case.tokens, case.tokens, device='cuda'), 3)
    compiled = torch.compile(flex_attention)
    gqa = case.heads != case.key_heads
    return milliseconds(lambda: compiled(q, k, v, block_mask=mask, enable_gqa=gqa)), {'mask_ms': making, 'first_mask_s': first}


PEERS = {'varlen': varlen, 'sdpa-flash': sdpa(SDPBackend.FLASH_ATTENTION), 'sdpa-cudnn': sdpa(SDPBackend.CUDNN_ATTENTION), 'flex': flex}


def main():
    cases, output = sys.argv[1:3]
    budget = float(sys.argv[3]) if len(sys.argv) > 3 else 300
    began = time.monotonic()
    left = []
    with open(cases) as lines, open(output, 'w') as out:
        def write(**record):
            print(json.dumps(record), file=out, flush=True)

        properties = torch.cuda.get_device_properties(0)
        write(device=properties.name, capability=f'{properties.major}.{properties.minor}', torch=torch.__version__, copy_gb_per_s=copy_bandwidth())
        for line in lines:
            case = Case(line)
            if time.monotonic() - began > budget:
                left.append(case.name)
                continue
            for peer, run in PEERS.items():
                try:
                    found = run(case)
                except Exception as e:  # one peer's refusal is a result too
                    write(case=case.name, peer=peer, refused=str(e).splitlines()[0][:200])
                    continue
                if found:
                    ms, more = found
                    write(case=case.name, peer=peer, ms=ms, tflops=case.flops() / ms / 1e9, gb_per_s=case.moved_bytes() / ms / 1e6, **more)
        if left:
            write(not_run=left)
    print(f'{output}: {len(left)} cases not run', file=sys.stderr)


if __name__ == '__main__':
    main()
