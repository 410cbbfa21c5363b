"""Tokenizes with `datasets.map` and Hugging Face's tokenizers, and packs with `trl.pack_dataset`: what people do on one machine.

Usage: pack_peer.py CORPUS.jsonl TOKENIZER.json SEQ_LEN PROCESSES FOLDER
Prints one JSON object: seconds of each step, and the tokens before and after packing by each strategy.
"""
import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the processes are the parallelism
os.environ["HF_HUB_OFFLINE"] = "1"

from datasets import disable_progress_bars, load_dataset
from tokenizers import Tokenizer
from trl import pack_dataset


def main(corpus, tokenizer_file, seq_len, processes, folder):
    os.environ["HF_HOME"] = folder
    disable_progress_bars()
    figures, began = {}, time.perf_counter()

    def step(name):
        nonlocal began
        figures[name] = round(time.perf_counter() - began, 1)
        began = time.perf_counter()

    texts = load_dataset("json", data_files=corpus, split="train", cache_dir=folder)
    step("load_seconds")
    tokenizer = Tokenizer.from_file(tokenizer_file)

    def tokenize(batch):
        return {"input_ids": [encoding.ids for encoding in tokenizer.encode_batch_fast(batch["text"], add_special_tokens=False)]}

    ids = texts.map(tokenize, batched=True, num_proc=int(processes), remove_columns=texts.column_names)
    step("tokenize_seconds")
    figures["tokens"] = sum(map(len, ids["input_ids"]))
    for strategy in ("bfd", "bfd_split", "wrapped"):
        began = time.perf_counter()
        try:
            rows = pack_dataset(ids, int(seq_len), strategy)
        except ValueError as refusal:  # older versions have fewer strategies
            figures[f"{strategy}_refused"] = str(refusal)
            continue
        step(f"{strategy}_seconds")
        figures[f"{strategy}_tokens"] = sum(map(len, rows["input_ids"]))
        figures[f"{strategy}_rows"] = len(rows)
        began = time.perf_counter()
        rows.to_parquet(os.path.join(folder, f"{strategy}.parquet"))
        step(f"{strategy}_write_seconds")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
