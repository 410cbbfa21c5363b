#!/usr/bin/env python3
"""table.py RESULTS: what a run of the GPU lab found, as Markdown for kernels/BENCHMARKS.md.

Each case: ours, the fastest of PyTorch's, and the ratio; for at most 256 tokens in GB/s and percent of the measured copy bandwidth, else in
TFLOP/s of visible pairs. A case that one side did not run is shown as such.
"""
import json
import os
import sys

SHORT = 256


def lines(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file if line.strip()]


def attention(ours, peers):
    copy = next((line['copy_gb_per_s'] for line in peers if 'copy_gb_per_s' in line), None)
    best = {}
    for line in peers:
        if 'ms' in line and line['ms'] < best.get(line['case'], {'ms': float('inf')})['ms']:
            best[line['case']] = line
    if copy:
        print(f'A copy within the device\'s memory: {copy:.0f} GB/s.\n')
    print('| case | ours | share of copy | PyTorch\'s fastest | ours : PyTorch |\n|---|---|---|---|---|')
    for line in ours:
        if 'case' not in line:
            continue
        case = line['case']
        unit, digits = ('gb_per_s', 'GB/s') if int(case.rsplit('-', 1)[1]) <= SHORT else ('tflops', 'TFLOP/s')
        peer = best.get(case)
        found = f'{line[unit]:.0f} {digits}' if 'ms' in line else line.get('refused', 'not run')
        share = f'{100 * line[unit] / copy:.0f} %' if copy and 'ms' in line and unit == 'gb_per_s' else ''
        theirs = f'{peer[unit]:.0f} ({peer["peer"]})' if peer else 'not run'
        ratio = f'{peer["ms"] / line["ms"]:.2f}' if peer and 'ms' in line else ''
        print(f'| {case} | {found} | {share} | {theirs} | {ratio} |')


def models(ours, peers):
    print('| MiniLM, token ids to vectors | tokens a batch | tokens/s | smallest cosine |\n|---|---|---|---|')
    for line in ours:
        if 'model' in line:
            what = f'ours, {line["callers"]} callers'
            print(f'| {what} | {line["batch_tokens"]} | {line.get("tokens_per_second_from_ids", 0):.0f} | {line.get("cosine", line.get("refused"))} |')
            if 'tokens_per_second_from_texts' in line:
                print(f'| {what}, from texts | {line["batch_tokens"]} | {line["tokens_per_second_from_texts"]:.0f} | |')
    for line in peers:
        how = ', '.join(['sorted'] * line['sorted'] + ['compiled'] * line['compiled'])
        print(f'| PyTorch, {line["peer"]}{", " + how if how else ""} | {line["batch_tokens"]} | {line.get("tokens_per_second", 0):.0f}'
              f' | {line.get("cosine", line.get("refused"))} |')


def contract(title, tests):
    if tests:
        print(f'{title}:', ', '.join(f'{count} {what}' for what, count in tests[-1].items()) + '\n')
        for line in tests[:-1]:
            if 'failed' in line:
                print(f'- failed: {line["test"]}: {line["failed"]}')


def main(folder):
    for title, name in (('Contract suite', 'contract.jsonl'), ('Operations with cublasLt', 'cublaslt.jsonl')):
        contract(title, lines(folder, name))
    attention(lines(folder, 'attention.jsonl'), lines(folder, 'peers.jsonl'))
    print()
    models(lines(folder, 'minilm.jsonl'), lines(folder, 'peer-models.jsonl'))
    print('\n| layout | tokens/s | padding | MB of tensors |\n|---|---|---|---|')
    for line in lines(folder, 'layouts.jsonl'):
        print(f'| {line["layout"]} | {line["tokens_per_second"]:.0f} | {100 * line["padding_share"]:.1f} % | {line["peak_mb"]:.0f} |')


if __name__ == '__main__':
    main(*sys.argv[1:])
