"""Attention alone beside PyTorch's flash SDPA on the CPU, in fp32 on the same threads: python peers.py THREADS ROUNDS COMMAND...

COMMAND starts io.varlen.attention.AttentionBenchmark. Both take turns on each case, so whatever else runs on the machine meets both;
each row has the medians over the rounds, and the median of the rounds' ratios. FLOPs are 4 * visited pairs * head size per head.

PyTorch gets dense tensors [batch, heads, length, head size]. Of ragged batches it takes one call per sequence, or one padded call whose
padding no mask hides (wrong, but the fastest that it could be): what is faster counts.
"""

import math
import random
import statistics
import subprocess
import sys
import time

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

HEADS = 12
TOKENS = 4096
SECONDS = 0.3


def ragged():
    """Log-normal lengths, median 57, at most 256, as short texts have them."""
    dice = random.Random(57)
    return [max(1, min(256, round(57 * math.exp(0.7 * dice.gauss(0, 1))))) for _ in range(64)]


def pairs(length, causal):
    return length * (length + 1) // 2 if causal else length * length


def fastest(call):
    best = math.inf
    begin = time.perf_counter()
    while time.perf_counter() - begin < SECONDS:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def calls(lengths, dim, causal):
    def attention(batch, length):
        q, k, v = (torch.randn(batch, HEADS, length, dim) for _ in range(3))
        return lambda: scaled_dot_product_attention(q, k, v, is_causal=causal)

    if len(set(lengths)) == 1:
        return [attention(len(lengths), lengths[0])]
    one_by_one = [attention(1, length) for length in lengths]
    return [lambda: [call() for call in one_by_one], attention(len(lengths), max(lengths))]


def main():
    threads, rounds, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    torch.set_num_threads(threads)
    ours = subprocess.Popen([*command, str(threads), str(SECONDS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(case):
        ours.stdin.write(case + "\n")
        ours.stdin.flush()
        return float(ours.stdout.readline())

    cases = [(str(n), [n] * (TOKENS // n)) for n in (64, 128, 256, 512, 1024, 2048, 4096)] + [("ragged", ragged())]
    print(f"PyTorch {torch.__version__}, {threads} thread(s), {HEADS} heads, {TOKENS} tokens, GFLOP/s\n")
    print("| mask | head size | length | ours | PyTorch | ratio |\n|---|---|---|---|---|---|")
    worst = math.inf
    with torch.no_grad(), sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        for causal in (False, True):
            for dim in (32, 64, 128):
                for name, lengths in cases:
                    mask = "causal" if causal else "full"
                    case = f"{mask} {dim} {HEADS} {','.join(map(str, lengths))}"
                    flops = 4 * sum(pairs(n, causal) for n in lengths) * dim * HEADS
                    theirs = calls(lengths, dim, causal)
                    ask(case)  # compiles
                    mine, peer = [], []
                    for _ in range(rounds):
                        mine.append(ask(case))
                        peer.append(flops / min(fastest(call) for call in theirs) / 1e9)
                    ratio = statistics.median(a / b for a, b in zip(mine, peer))
                    worst = min(worst, ratio)
                    print(f"| {mask} | {dim} | {name} | {statistics.median(mine):.0f} | {statistics.median(peer):.0f} | {ratio:.2f} |", flush=True)
    ours.stdin.close()
    ours.wait()
    print(f"\nworst ratio {worst:.2f}")
    if worst < 1:
        sys.exit("slower than PyTorch somewhere")


main()
