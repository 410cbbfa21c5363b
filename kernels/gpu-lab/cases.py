#!/usr/bin/env python3
"""cases.py > cases.tsv: the attention calls that ours and PyTorch's kernels are timed on, what matters most first.

A line: name, mask (full or causal), query heads, key heads, head size, lengths. Hidden size 1,024 (query heads x head size) and 65,536 tokens
a call, so that a call moves 256 to 512 MiB: far more than any cache holds.
"""
import random

TOKENS = 65_536
HIDDEN = 1_024
SHORT = (32, 64, 128, 48, 96, 192, 256, 16)
LONG = (8_192, 2_048, 512, 16_384, 4_096, 1_024)


def equal(length):
    return [length] * (TOKENS // length)


def log_normal(median, seed=1):
    """Lengths around a median, sigma 0.6, at most four times it; the last one makes up the total."""
    dice = random.Random(seed * 100_003 + median)
    lengths = []
    while sum(lengths) < TOKENS:
        lengths.append(min(max(1, round(median * dice.lognormvariate(0, 0.6))), 4 * median, TOKENS - sum(lengths)))
    return lengths


def main():
    for group in (SHORT, LONG):
        for head_dim, share, mask in ((64, 1, 'full'), (64, 1, 'causal'), (128, 1, 'full'), (128, 1, 'causal'),
                                      (64, 4, 'causal'), (128, 4, 'causal'), (64, 4, 'full'), (128, 4, 'full')):
            heads = HIDDEN // head_dim
            for length in group:
                for kind, lengths in (('equal', equal(length)), ('lognormal', log_normal(length))):
                    name = f'{mask}-d{head_dim}-h{heads}-k{heads // share}-{kind}-{length}'
                    print(name, mask, heads, heads // share, head_dim, ','.join(map(str, lengths)), sep='\t')


if __name__ == '__main__':
    main()
