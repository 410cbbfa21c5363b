"""Models of random shape for each family, and whether Java computes with them what transformers does.

sweep.py write DIR SEED COUNT   writes COUNT models of each family below DIR, as save_pretrained does
sweep.py compare DIR            compares with what io.varlen.model.ModelSweep left beside each
"""
import json
import pathlib
import random
import sys

import numpy as np
import torch
import transformers
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    BertConfig,
    DistilBertConfig,
    Llama4TextConfig,
    LlamaConfig,
    MistralConfig,
    ModernBertConfig,
    Qwen2Config,
    Qwen3Config,
    RobertaConfig,
    XLMRobertaConfig,
)

SPECIAL = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)
ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "silu", "swish", "relu")
CLASSIC = (BertConfig, RobertaConfig, XLMRobertaConfig)


def shape(dice):
    heads = dice.choice((1, 2, 3, 4, 6, 8, 9))
    return dict(
        vocab_size=dice.randint(5, 300),
        num_hidden_layers=dice.randint(1, 5),
        num_attention_heads=heads,
        # at least 16: in a few dimensions a state may happen to be so small that normalising it makes an error of the last bit large
        hidden_size=heads * 2 * dice.randint((heads + 7) // heads, 12),
        intermediate_size=dice.randint(1, 90),
        max_position_embeddings=dice.choice((24, 64, 200, 700)),
    )


def rope(dice, positions):
    theta = dice.choice((10.0, 1e3, 1e4, 5e5, 1e6))
    return dice.choice((
        dict(rope_type="default", rope_theta=theta),
        dict(rope_type="linear", rope_theta=theta, factor=dice.choice((2.0, 3.7))),
        dict(rope_type="llama3", rope_theta=theta, factor=dice.choice((4.0, 8.0)), low_freq_factor=1.0, high_freq_factor=dice.choice((2.0, 4.0)),
             original_max_position_embeddings=max(2, positions // dice.choice((2, 8)))),
    ))


def grouped(dice, heads):
    return dice.choice([count for count in range(1, heads + 1) if heads % count == 0])


def classic(dice, config_class):
    common = shape(dice)
    return config_class(
        **common, type_vocab_size=dice.randint(1, 3), hidden_act=dice.choice(ACTIVATIONS), layer_norm_eps=dice.choice((1e-12, 1e-5)),
        **({} if config_class is BertConfig else {**SPECIAL, "pad_token_id": 1, "bos_token_id": 0}))


def distilbert(dice):
    common = shape(dice)
    return DistilBertConfig(
        vocab_size=common["vocab_size"], dim=common["hidden_size"], n_heads=common["num_attention_heads"], n_layers=common["num_hidden_layers"],
        hidden_dim=common["intermediate_size"], max_position_embeddings=common["max_position_embeddings"], activation=dice.choice(("gelu", "relu")))


def modernbert(dice):
    common = shape(dice)
    every = dice.randint(1, 4)
    return ModernBertConfig(
        **common, **SPECIAL, cls_token_id=1, sep_token_id=2, local_attention=dice.randint(0, 40), hidden_activation=dice.choice(ACTIVATIONS),
        norm_bias=dice.random() < 0.3, attention_bias=dice.random() < 0.3, mlp_bias=dice.random() < 0.3,
        layer_types=[dice.choice(("full_attention", "sliding_attention")) for _ in range(common["num_hidden_layers"])]
        if dice.random() < 0.5 else None,
        global_attn_every_n_layers=every,
        rope_parameters={kind: dict(rope_type="default", rope_theta=dice.choice((10.0, 1e4, 1.6e5))) for kind in ("full_attention", "sliding_attention")})


def decoder(dice, config_class):
    common = shape(dice)
    heads = common["num_attention_heads"]
    common["num_key_value_heads"] = grouped(dice, heads)
    common["rope_parameters"] = rope(dice, common["max_position_embeddings"])
    common["tie_word_embeddings"] = dice.random() < 0.5
    common["rms_norm_eps"] = dice.choice((1e-6, 1e-5))
    common["hidden_act"] = dice.choice(("silu", "silu", "gelu", "relu"))
    if config_class is not Qwen2Config and dice.random() < 0.6:
        common["head_dim"] = 2 * dice.randint(1, 16)
    elif config_class in (Qwen3Config, Llama4TextConfig):
        common["head_dim"] = common["hidden_size"] // heads
    if config_class in (LlamaConfig, Qwen3Config, Llama4TextConfig):
        common["attention_bias"] = dice.random() < 0.3
    if config_class is LlamaConfig:
        common["mlp_bias"] = dice.random() < 0.3
    if config_class is MistralConfig:
        common["sliding_window"] = dice.choice((None, 1, 2, 7, 33, 4096))
    if config_class in (Qwen2Config, Qwen3Config) and dice.random() < 0.7:
        common.update(use_sliding_window=True, sliding_window=dice.choice((1, 5, 31)), max_window_layers=dice.randint(0, 4))
        if dice.random() < 0.5:
            common["layer_types"] = [dice.choice(("full_attention", "sliding_attention")) for _ in range(common["num_hidden_layers"])]
    if config_class is Llama4TextConfig:
        common.update(
            moe_layers=[], intermediate_size_mlp=common["intermediate_size"], attention_chunk_size=dice.choice((1, 3, 16, 50)),
            no_rope_layer_interval=dice.randint(1, 4), use_qk_norm=dice.random() < 0.5, attn_temperature_tuning=dice.random() < 0.5,
            floor_scale=dice.choice((1, 5, 8192)), attn_scale=dice.choice((0.1, 0.5)))
    return config_class(**common)


FAMILIES = {
    "bert": lambda dice: classic(dice, BertConfig),
    "roberta": lambda dice: classic(dice, RobertaConfig),
    "xlm-roberta": lambda dice: classic(dice, XLMRobertaConfig),
    "distilbert": distilbert,
    "modernbert": modernbert,
    "llama": lambda dice: decoder(dice, LlamaConfig),
    "mistral": lambda dice: decoder(dice, MistralConfig),
    "qwen2": lambda dice: decoder(dice, Qwen2Config),
    "qwen3": lambda dice: decoder(dice, Qwen3Config),
    "llama4_text": lambda dice: decoder(dice, Llama4TextConfig),
}
CAUSAL = ("llama", "mistral", "qwen2", "qwen3", "llama4_text")
BOUNDS = (1e-4, 1e-4, 1e-3)
MASKED = ("bert", "roberta", "xlm-roberta", "distilbert", "modernbert")


def randomize(model, generator):
    """Weights of ordinary size: with those of a fresh model attention would be almost uniform."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        norm = "norm" in name.lower() and name.endswith("weight")
        scale = 1.2 / parameter.shape[-1] ** 0.5 if parameter.dim() == 2 and "embed" not in name else 0.5
        parameter.data = (1 + 0.1 * noise if norm else scale * noise).float()


def model_of(family, config, dice):
    """The base model, or one with a head on top, whose weights' names have a prefix."""
    if family in CAUSAL:
        return AutoModelForCausalLM.from_config(config) if dice.random() < 0.7 else AutoModel.from_config(config)
    if family in MASKED and dice.random() < 0.5:
        return transformers.AutoModelForMaskedLM.from_config(config)
    return AutoModel.from_config(config)


def spell_as_transformers_4(folder):
    """rope_theta and rope_scaling where 5 has rope_parameters."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    parameters = config.pop("rope_parameters", None)
    if not parameters:
        return
    if "full_attention" in parameters:
        config["global_rope_theta"] = parameters["full_attention"]["rope_theta"]
        config["local_rope_theta"] = parameters["sliding_attention"]["rope_theta"]
    else:
        config["rope_theta"] = parameters.pop("rope_theta")
        config["rope_scaling"] = None if parameters["rope_type"] == "default" else parameters
    config["torch_dtype"] = config.pop("dtype", None)
    path.write_text(json.dumps(config, indent=1) + "\n")


def lengths(dice, config):
    longest = config.max_position_embeddings - (2 if config.model_type in ("roberta", "xlm-roberta") else 0)
    return [1, 2, dice.randint(3, 20), dice.randint(3, longest), longest]


def write(root, seed, count):
    dice = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    for family, make in FAMILIES.items():
        for number in range(count):
            folder = root / f"{family}-{number}"
            config = make(dice)
            model = model_of(family, config, dice)
            randomize(model, generator)
            model.tie_weights()
            dtype = dice.choice((torch.float32, torch.bfloat16, torch.float16))
            model.to(dtype).save_pretrained(folder, max_shard_size=dice.choice(("5KB", "40KB", "1GB")))
            if dice.random() < 0.4:
                spell_as_transformers_4(folder)
            ids = [[dice.randrange(config.vocab_size) for _ in range(n)] for n in lengths(dice, config)]
            (folder / "sequences.json").write_text(json.dumps(ids))
            (folder / "tokenizer.json").write_text("{}")


def base_of(model):
    for name in ("model", "bert", "roberta", "distilbert"):
        if hasattr(model, name):
            return getattr(model, name)
    return model


def expected_states(model, ids):
    """Per layer, behind the model's last norm, as if the model ended there."""
    base = base_of(model)
    last_norm = getattr(base, "norm", getattr(base, "final_norm", torch.nn.Identity()))
    states = base(torch.tensor([ids]), output_hidden_states=True).hidden_states
    return [last_norm(state)[0] for state in states[1:-1]] + [states[-1][0]]


@torch.no_grad()
def compare_model(folder):
    """The largest deviation of hidden states, relative to the layer's largest; of a document's loss in nats per token; and of the
    cosine of all last states of a sequence from 1, where matrix products are in bf16."""
    architecture = json.loads((folder / "config.json").read_text())["architectures"][0]
    model = getattr(transformers, architecture).from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    layers = base_of(model).config.num_hidden_layers
    sequences = json.loads((folder / "sequences.json").read_text())
    files = [np.fromfile(folder / f"hidden-{layer + 1}.f32", "<f4") for layer in range(layers)]
    causal = architecture.endswith("ForCausalLM")
    nll = np.fromfile(folder / "nll.f64", "<f8") if causal else None
    bf16 = np.fromfile(folder / "bf16.f32", "<f4").astype(np.float64) if (folder / "bf16.f32").exists() else None
    hidden = at = 0
    worst_state = worst_loss = worst_bf16 = 0.0
    for ids in sequences:
        for layer, expected in enumerate(expected_states(model, ids)):
            expected = expected.double().numpy().ravel()
            actual = files[layer][hidden : hidden + expected.size]
            worst_state = max(worst_state, np.abs(actual - expected).max() / np.abs(expected).max())
        if bf16 is not None:
            mine = bf16[hidden : hidden + expected.size]
            worst_bf16 = max(worst_bf16, 1 - mine @ expected / np.linalg.norm(mine) / np.linalg.norm(expected))
        hidden += expected.size
        if causal:
            mine = nll[at : at + len(ids)]
            assert np.isnan(mine[0]), folder
            if len(ids) > 1:
                batch = torch.tensor([ids])
                loss = model(batch, labels=batch).loss.item()
                assert loss == loss and not np.isnan(mine[1:]).any(), folder
                worst_loss = max(worst_loss, abs(mine[1:].mean() - loss))
        at += len(ids)
    assert all(file.size == hidden for file in files), folder
    return worst_state, worst_loss, worst_bf16


def compare(root):
    worst, bad = {}, False
    for folder in sorted(path.parent for path in root.glob("*/sequences.json")):
        deviations = compare_model(folder)
        family = folder.name.rsplit("-", 1)[0]
        count, before = worst.get(family, (0, (0.0, 0.0, 0.0)))
        worst[family] = count + 1, tuple(map(max, before, deviations))
        if not all(deviation <= bound for deviation, bound in zip(deviations, BOUNDS)):
            print(f"{folder}: {deviations} beyond {BOUNDS}")
            bad = True
    for family, (count, (state, loss, bf16)) in worst.items():
        print(f"{family}: {count} models, hidden states within {state:.1e} of a layer's largest, loss within {loss:.1e} nats per token, "
              f"cosine in bf16 at least {1 - bf16:.5f}")
    assert set(worst) == set(FAMILIES), "not all families were computed"
    sys.exit(bad)


# the models are too small for more than one
torch.set_num_threads(1)
if sys.argv[1] == "write":
    write(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
else:
    compare(pathlib.Path(sys.argv[2]))
