"""Writes the tiny random models of this folder and what PyTorch computes with them. See README.md."""
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

HERE = pathlib.Path(__file__).parent
SHAPE = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=48, vocab_size=90)


def randomize(model):
    """Weights of ordinary size: with those of a fresh model attention would be almost uniform."""
    generator = torch.Generator().manual_seed(20)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = (1 + 0.1 * noise if "LayerNorm.weight" in name else 0.3 * noise).float()


def write(name, model):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    randomize(model)
    model.eval()
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    config = model.config.to_dict()
    keys = list(SHAPE) + ["model_type", "max_position_embeddings", "type_vocab_size", "pad_token_id", "hidden_act", "layer_norm_eps"]
    (folder / "config.json").write_text(json.dumps({key: config[key] for key in keys}, indent=1) + "\n")
    generator = torch.Generator().manual_seed(21)
    sequences = [torch.randint(0, 90, (n,), generator=generator).tolist() for n in (1, 2, 7, 33, 64)]
    (folder / "sequences.json").write_text(json.dumps(sequences) + "\n")
    model.double()
    with torch.no_grad(), open(folder / "hidden_states.f32", "wb") as out:
        for ids in sequences:
            for states in model(torch.tensor([ids]), output_hidden_states=True).hidden_states:
                out.write(states[0].float().numpy().tobytes())


write("bert", BertModel(BertConfig(max_position_embeddings=64, **SHAPE), add_pooling_layer=False))
write("roberta", RobertaModel(RobertaConfig(max_position_embeddings=66, type_vocab_size=1, **SHAPE), add_pooling_layer=False))
