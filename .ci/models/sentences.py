"""Folders as sentence-transformers saves them, and whether varlen embed gives the vectors of SentenceTransformer.encode.

sentences.py write DIR TEXT...   writes models, texts and what is expected; DIR/*/options are the options of varlen embed
sentences.py compare DIR         compares with DIR/*/embedded
"""
import json
import os
import pathlib
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import pyarrow.dataset
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralModel,
    ModernBertConfig,
    ModernBertModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3Model,
    RobertaConfig,
    RobertaModel,
)

VOCABULARY = 600
SHAPE = dict(vocab_size=VOCABULARY, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=32, max_position_embeddings=128)
DECODER = dict(SHAPE, num_key_value_heads=2)
QWEN = Regex(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
INSTRUCTION = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"


def word_piece(texts):
    """As BERT: [CLS] text [SEP]."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", model_max_length=128)


def byte_level(texts, template):
    """As GPT-2, with the words of Qwen and a template of special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(QWEN, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=["<|endoftext|>", "<s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=[("<|endoftext|>", 0), ("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|endoftext|>", eos_token="<|endoftext|>", bos_token="<s>", model_max_length=128)


def randomize(model, generator):
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        norm = "norm" in name.lower() and name.endswith("weight")
        parameter.data = (1 + 0.1 * noise if norm else 0.25 * noise).float()


class Writer:
    def __init__(self, root, texts):
        self.root, self.texts = root, texts
        self.generator = torch.Generator().manual_seed(5)
        with open(root / "texts.jsonl", "w", encoding="utf8") as out:
            for number, text in enumerate(texts):
                out.write(json.dumps(dict(id=f"{number:05d}", text=text)) + "\n")

    def plain(self, name, model, tokenizer, dtype=torch.float32, shard="1GB"):
        folder = self.root / name / "model"
        randomize(model, self.generator)
        model.tie_weights()
        model.to(dtype).save_pretrained(folder, max_shard_size=shard)
        tokenizer.save_pretrained(folder)
        return folder

    def sentence(self, name, model, tokenizer, pooling, normalize, length=None, options=(), settings={}, encode={}, **weights):
        """Adds sentence-transformers' modules around a model."""
        folder = self.plain(name, model, tokenizer, **weights)
        transformer = Transformer(str(folder), **(dict(max_seq_length=length) if length else {}))
        modules = [transformer, Pooling(model.config.hidden_size, pooling)] + ([Normalize()] if normalize else [])
        SentenceTransformer(modules=modules, **settings).save_pretrained(str(folder))
        self.expect(name, options, dict(encode, normalize_embeddings=normalize))

    def expect(self, name, options=(), encode={}):
        model = SentenceTransformer(str(self.root / name / "model"), device="cpu", model_kwargs=dict(dtype=torch.float32, attn_implementation="eager"))
        np.save(self.root / name / "expected.npy", model.encode(self.texts, **encode))
        (self.root / name / "options").write_text("".join(f"{option}\n" for option in options))


def write(root, files):
    root.mkdir(parents=True, exist_ok=True)
    corpus = "\n".join(pathlib.Path(file).read_text(encoding="utf8") for file in files)
    texts = [part.strip() for part in corpus.split("\n\n") if part.strip()][:150]
    texts += ["a", "naïve café, 東京タワー 🗼", "  two  spaces  ", " ".join(texts[:4]), "1234567890" * 9]
    bert, eos, bos = word_piece(texts), byte_level(texts, "$A <|endoftext|>"), byte_level(texts, "<s> $A")
    prompts = dict(prompts=dict(query="query: ", passage="passage: "))
    writer = Writer(root, texts)
    writer.sentence("bert-mean-default-prompt", BertModel(BertConfig(**SHAPE)), bert, "mean", True, 40, settings=dict(prompts, default_prompt_name="query"))
    writer.sentence("bert-cls-passage", BertModel(BertConfig(**SHAPE)), bert, "cls", False, options=["--prompt-name", "passage"], settings=prompts,
                    encode=dict(prompt_name="passage"))
    writer.sentence("qwen3-embedding", Qwen3Model(Qwen3Config(head_dim=8, **DECODER)), eos, "lasttoken", True, options=["--prompt-name", "query"],
                    settings=dict(prompts=dict(query=INSTRUCTION)), encode=dict(prompt_name="query"), dtype=torch.bfloat16)
    writer.sentence("modernbert-weighted", ModernBertModel(ModernBertConfig(
        local_attention=9, pad_token_id=0, bos_token_id=1, eos_token_id=0, cls_token_id=1, sep_token_id=0, **SHAPE)), bos, "weightedmean", False,
        options=["--prompt", "search"], encode=dict(prompt="search"), dtype=torch.float16)
    writer.sentence("llama-max", LlamaForCausalLM(LlamaConfig(**DECODER)), bos, "max", False, 33, dtype=torch.float16, shard="20KB")
    writer.sentence("distilbert-sqrt", DistilBertModel(DistilBertConfig(
        vocab_size=VOCABULARY, dim=24, n_layers=2, n_heads=3, hidden_dim=30, max_position_embeddings=128)), bert, "mean_sqrt_len_tokens", True, 60,
        settings=dict(truncate_dim=8))
    writer.sentence("mistral-dimensions", MistralModel(MistralConfig(sliding_window=6, **DECODER)), bos, "mean", True,
                    options=["--dimensions", "6"], encode=dict(truncate_dim=6))
    writer.plain("roberta-plain", RobertaModel(RobertaConfig(
        pad_token_id=0, bos_token_id=2, eos_token_id=3, **dict(SHAPE, max_position_embeddings=130))), bert)
    writer.expect("roberta-plain")
    writer.plain("qwen2-plain", Qwen2ForCausalLM(Qwen2Config(tie_word_embeddings=True, **DECODER)), eos)
    writer.expect("qwen2-plain")


def compare(root):
    failed = False
    for folder in sorted(path.parent for path in root.glob("*/expected.npy")):
        expected = np.load(folder / "expected.npy").astype(np.float64)
        table = pyarrow.dataset.dataset(folder / "embedded", exclude_invalid_files=True).to_table().sort_by("doc_id")
        actual = np.array(table["embedding"].to_pylist(), dtype=np.float64)
        assert actual.shape == expected.shape, f"{folder}: {actual.shape} is not {expected.shape}"
        error = np.abs(actual - expected).max() / np.abs(expected).max()
        cosine = ((actual * expected).sum(1) / np.linalg.norm(actual, axis=1) / np.linalg.norm(expected, axis=1)).min()
        print(f"{folder.name}: {len(actual)} texts, cosine at least {cosine:.8f}, elements within {error:.1e} of the largest")
        failed |= not (error <= 1e-4 and cosine >= 0.99999)
    sys.exit(1 if failed else 0)


# the models are too small for more than one
torch.set_num_threads(1)
if sys.argv[1] == "write":
    write(pathlib.Path(sys.argv[2]), sys.argv[3:])
else:
    compare(pathlib.Path(sys.argv[2]))
