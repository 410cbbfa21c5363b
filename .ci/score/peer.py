#!/usr/bin/env python3
"""score and attend beside transformers, on random Llamas of several shapes.

    peer.py write FOLDER SEED COUNT FILE…    models and the documents of the files (one per paragraph)
    peer.py compare FOLDER                   what jobs/bin/varlen made of them with what transformers says

A folder per model: model/, options (lines of "score --max-length … --stride …" and "attend --window …"), and what the commands
wrote: scores/, packed/, attention/. Any difference is an error.
"""
import json
import random
import sys
from pathlib import Path

import pyarrow.parquet as parquet
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import oracle

STATISTICS = ("entropy", "mean_distance", "sink_mass", "window_mass", "max_logit", "leakage")


def write(folder, seed, count, files):
    documents = [p for f in files for p in Path(f).read_text().split("\n\n") if p.strip()]
    dice = random.Random(seed)
    dice.shuffle(documents)
    documents = [*documents[:120], "\n\n".join(documents[120:160]), "", " "]
    folder.mkdir(parents=True)
    lines = [json.dumps({"id": f"d{i}", "text": text}) for i, text in enumerate(documents)]
    (folder / "documents.jsonl").write_text("\n".join(lines) + "\n")
    for i in range(count):
        one = folder / f"{i}"
        words = tokenizer(documents, dice.choice([400, 1500]), bos=dice.random() < 0.7)
        positions = dice.choice([96, 256, 512])
        words.save_pretrained(one / "model")
        llama(dice, len(words), positions).save_pretrained(one / "model")
        max_length = dice.randint(16, positions)
        settings = dict(
            max_length=max_length, stride=dice.randint(1, max_length - 1), window=dice.randint(0, 64),
            seq_len=dice.randint(32, positions))
        (one / "settings.json").write_text(json.dumps(settings))
        (one / "options").write_text(
            f"--max-length {max_length} --stride {settings['stride']}\n--seq-len {settings['seq_len']}\n"
            f"--window {settings['window']} --limit-tokens 0\n")


def tokenizer(texts, size, bos):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=size, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet))
    if bos:
        made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>")


def llama(dice, vocabulary, positions):
    kv_heads, group, dim = dice.choice([1, 2, 3]), dice.choice([1, 2, 3]), dice.choice([8, 16, 64])
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=kv_heads * group * dice.choice([8, 12, 16]), intermediate_size=80, head_dim=dim,
        num_hidden_layers=dice.randint(1, 4), num_attention_heads=kv_heads * group, num_key_value_heads=kv_heads,
        max_position_embeddings=positions, tie_word_embeddings=dice.random() < 0.5, bos_token_id=0, eos_token_id=1)
    made = LlamaForCausalLM(config)
    generator = torch.Generator().manual_seed(dice.randrange(1 << 30))
    for name, parameter in made.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = 1 + 0.1 * noise if "norm" in name else noise * (1.5 / parameter.shape[-1] ** 0.5)
    return made


def compare(folder):
    documents = [json.loads(line) for line in (folder / "documents.jsonl").read_text().splitlines()]
    for one in sorted(folder.glob("[0-9]*")):
        settings = json.loads((one / "settings.json").read_text())
        model, words = oracle.load(one / "model")
        scored = compare_scores(one, settings, model, words, documents)
        queries, leak = compare_attention(one, settings, model)
        print(f"model {one.name}: {len(documents)} documents, {scored} tokens scored, {queries} queries, leakage up to {leak:.2f}: equal")


def compare_scores(one, settings, model, words, documents):
    rows = {row["doc_id"]: row for row in parquet.read_table(one / "scores").to_pylist()}
    if rows.keys() != {document["id"] for document in documents}:
        sys.exit(f"{one}: scores of other documents")
    total = 0
    for document in documents:
        ids = words.encode(document["text"])
        nll, scored = oracle.loss(model, ids, settings["max_length"], settings["stride"])
        row = rows[document["id"]]
        if row["n_tokens"] != len(ids) or row["n_scored"] != scored or abs(row["nll"] - nll) > 2e-5 * max(1, nll):
            sys.exit(f"{one}, document {document['id']}: {row}, transformers: {len(ids)} tokens, {scored} scored, {nll}")
        if (row["perplexity"] is None) != (scored == 0):
            sys.exit(f"{one}, document {document['id']}: perplexity {row['perplexity']} of {scored} tokens")
        total += scored
    return total


def compare_attention(one, settings, model):
    packed = parquet.read_table(one / "packed", columns=["input_ids", "cu_seqlens"]).to_pylist()
    rows = [[r["input_ids"][a:b] for a, b in zip(r["cu_seqlens"], r["cu_seqlens"][1:])] for r in packed]
    expected = oracle.statistics(model, rows, settings["window"])
    table = parquet.read_table(one / "attention").to_pylist()
    if len(table) != model.config.num_hidden_layers * model.config.num_attention_heads:
        sys.exit(f"{one}: a table of {len(table)} rows")
    for row in table:
        means = expected["means"][row["layer"]][row["head"]]
        for name, right in zip(STATISTICS, means):
            if row["queries"] != expected["queries"] or abs(row[name] - right) > 2e-4 * max(1, abs(right)):
                sys.exit(f"{one}, layer {row['layer']}, head {row['head']}: {name} is {row[name]}, PyTorch's {right}")
    return expected["queries"], max(row["leakage"] for row in table)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
    else:
        compare(Path(sys.argv[2]))
