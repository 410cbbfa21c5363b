#!/usr/bin/env python3
"""Writes a tiny random Llama with a tokenizer of its own, some texts, and what transformers says of them.

    fixture.py FOLDER
"""
import json
import math
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import oracle

HEADS, KV_HEADS, HEAD_DIM, LAYERS, POSITIONS = 4, 2, 8, 2, 64
MAX_LENGTH, CONTEXT, WINDOW = 48, 16, 5
TEXTS = [
    "",
    " ",
    "a",
    "Cats sleep most of the day.",
    "At night they hunt mice, and in the morning they bring them in.",
    "Ships cross the ocean in all weathers. " * 7,
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. 🦊\n\n" * 3,
    "def f(x):\n    return x * x\n" * 5,
]


def tokenizer():
    """Byte-level BPE with a BOS, as Llama 3's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")


def model(vocabulary):
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=HEADS * HEAD_DIM, intermediate_size=48, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, head_dim=HEAD_DIM, max_position_embeddings=POSITIONS,
        tie_word_embeddings=True, bos_token_id=0, eos_token_id=1)
    made = LlamaForCausalLM(config)
    generator = torch.Generator().manual_seed(5)
    for name, parameter in made.named_parameters():  # of a size that attention and likelihoods are far from uniform
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = 1 + 0.1 * noise if "norm" in name else 0.35 * noise
    return made


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    words = tokenizer()
    words.save_pretrained(folder)
    model(len(words)).save_pretrained(folder)
    llama, words = oracle.load(folder)
    documents = []
    for i, text in enumerate(TEXTS):
        ids = words.encode(text)
        nll, scored = oracle.loss(llama, ids, MAX_LENGTH, CONTEXT)
        whole, _ = oracle.loss(llama, ids, POSITIONS, POSITIONS // 2)
        documents.append(dict(
            id=f"d{i}", text=text, n_tokens=len(ids), n_scored=scored, nll=nll, nll_default=whole,
            perplexity=math.exp(nll / scored) if scored else None))
    # as attend gives them to the model: the first POSITIONS tokens of each text
    rows = [[words.encode(text)[:POSITIONS]] for text in TEXTS]
    statistics = oracle.statistics(llama, rows, WINDOW)
    expected = dict(max_length=MAX_LENGTH, stride=CONTEXT, window=WINDOW, documents=documents, attention=statistics)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
