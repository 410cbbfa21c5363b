"""Writes the tiny random models of this folder and what PyTorch computes with them. See README.md.

python make.py [NAME...]: without names, all but bert and roberta, which are as an earlier version of this script left them.
"""
import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    Llama4ForCausalLM,
    Llama4TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3Model,
    RobertaConfig,
    RobertaModel,
)

HERE = pathlib.Path(__file__).parent
BERT = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=48, vocab_size=90)
DECODER = dict(vocab_size=40, hidden_size=16, intermediate_size=12, num_hidden_layers=3, num_attention_heads=4, max_position_embeddings=64)
LLAMA3 = dict(rope_type="llama3", rope_theta=100.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
SPECIAL = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)


def randomize(model):
    """Weights of ordinary size: with those of a fresh model attention would be almost uniform."""
    generator = torch.Generator().manual_seed(20)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        norm = "norm" in name.lower() and name.endswith("weight")
        parameter.data = (1 + 0.1 * noise if norm else 0.3 * noise).float()


def sequences(vocabulary, lengths):
    generator = torch.Generator().manual_seed(21)
    return [torch.randint(0, vocabulary, (n,), generator=generator).tolist() for n in lengths]


def write_bert(name, model):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    randomize(model)
    model.eval()
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    config = model.config.to_dict()
    keys = list(BERT) + ["model_type", "max_position_embeddings", "type_vocab_size", "pad_token_id", "hidden_act", "layer_norm_eps"]
    (folder / "config.json").write_text(json.dumps({key: config[key] for key in keys}, indent=1) + "\n")
    texts = sequences(90, (1, 2, 7, 33, 64))
    (folder / "sequences.json").write_text(json.dumps(texts) + "\n")
    model.double()
    with torch.no_grad(), open(folder / "hidden_states.f32", "wb") as out:
        for ids in texts:
            for states in model(torch.tensor([ids]), output_hidden_states=True).hidden_states:
                out.write(states[0].float().numpy().tobytes())


def write(name, model, dtype=torch.float32, shard="1GB"):
    """What save_pretrained writes, and what the model that from_pretrained makes of it computes."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    randomize(model)
    model.tie_weights()
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    (folder / "generation_config.json").unlink(missing_ok=True)
    model = type(model).from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    texts = sequences(model.config.vocab_size, (1, 2, 19))
    (folder / "sequences.json").write_text(json.dumps(texts) + "\n")
    base = getattr(model, model.base_model_prefix, getattr(model, "model", model))
    last_norm = getattr(base, "norm", getattr(base, "final_norm", torch.nn.Identity()))
    with torch.no_grad(), open(folder / "hidden_states.f32", "wb") as out:
        for ids in texts:
            states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
            # the last norm, which the last of the states has behind it, as if the model ended behind each layer
            for state in (*(last_norm(state) for state in states[:-1]), states[-1]):
                out.write(state[0].float().numpy().tobytes())
    if name in CAUSAL:
        with torch.no_grad(), open(folder / "nll.f64", "wb") as out:
            for ids in texts:
                logits = model(torch.tensor([ids])).logits[0].double()
                nll = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:], dtype=torch.long), reduction="none")
                out.write(nll.numpy().tobytes())


CAUSAL = ("llama", "smollm", "mistral", "qwen2", "llama4")
MODELS = {
    "bert": lambda: write_bert("bert", BertModel(BertConfig(max_position_embeddings=64, **BERT), add_pooling_layer=False)),
    "roberta": lambda: write_bert("roberta", RobertaModel(RobertaConfig(max_position_embeddings=66, type_vocab_size=1, **BERT), add_pooling_layer=False)),
    "distilbert": lambda: write("distilbert", DistilBertModel(DistilBertConfig(
        vocab_size=40, dim=16, hidden_dim=12, n_layers=2, n_heads=2, max_position_embeddings=40, activation="relu")), torch.bfloat16),
    # every bias, frequencies of llama3 on either side of its bounds and between them, an untied head, in shards
    "llama": lambda: write("llama", LlamaForCausalLM(LlamaConfig(
        num_key_value_heads=2, attention_bias=True, mlp_bias=True, head_dim=8, rope_parameters=LLAMA3, **{**DECODER, "num_hidden_layers": 2})), torch.float16, shard="7KB"),
    # the ratio of SmolLM2-135M: three queries to a key
    "smollm": lambda: write("smollm", LlamaForCausalLM(LlamaConfig(
        num_key_value_heads=1, tie_word_embeddings=True, head_dim=6, rope_parameters=dict(rope_type="linear", rope_theta=50.0, factor=2.0),
        **{**DECODER, "num_attention_heads": 3, "hidden_size": 18})), torch.float16),
    "mistral": lambda: write("mistral", MistralForCausalLM(MistralConfig(num_key_value_heads=2, sliding_window=5, **DECODER)), torch.bfloat16),
    "qwen2": lambda: write("qwen2", Qwen2ForCausalLM(Qwen2Config(
        num_key_value_heads=1, tie_word_embeddings=True, use_sliding_window=True, sliding_window=4, max_window_layers=2, **DECODER)), torch.float16),
    # a base model, as embedding models are: no name has a prefix
    "qwen3": lambda: write("qwen3", Qwen3Model(Qwen3Config(num_key_value_heads=2, head_dim=6, **DECODER)), torch.bfloat16),
    "modernbert": lambda: write("modernbert", ModernBertForMaskedLM(ModernBertConfig(
        local_attention=7, **SPECIAL, cls_token_id=1, sep_token_id=2, **{**DECODER, "num_hidden_layers": 4})), torch.float16),
    "llama4": lambda: write("llama4", Llama4ForCausalLM(Llama4TextConfig(
        num_key_value_heads=2, head_dim=6, intermediate_size_mlp=12, moe_layers=[], attention_chunk_size=8, no_rope_layer_interval=2,
        floor_scale=4, attn_scale=0.3, **DECODER)), torch.bfloat16),
}

for model in sys.argv[1:] or [name for name in MODELS if name not in ("bert", "roberta")]:
    MODELS[model]()
