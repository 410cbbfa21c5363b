"""One peer as a process that computes when it is told to.

Usage: worker.py PEER MODEL_FOLDER TEXTS.jsonl THREADS
PEER is onnxruntime, pytorch-fp32, pytorch-bf16 or sentence-transformers. It tries settings on a quarter of the texts, keeps the fastest, warms
up on all of them, and answers `ready`; to `run`, the seconds from texts to vectors and those from token ids on; to `save FILE`, by storing
the vectors. Answers are lines of JSON.
"""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

MAX_TOKENS = 256
BATCHES = (8, 16, 32, 64)


def normalised(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class SortedBatches:
    """Tokenizes all texts at once and computes batches of about equal length, the longest first."""

    def __init__(self, folder):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def vectors(self, texts, setting):
        began = time.perf_counter()
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]
        tokenized = time.perf_counter()
        order = sorted(range(len(ids)), key=lambda text: -len(ids[text]))
        batches = [order[start : start + setting["batch"]] for start in range(0, len(order), setting["batch"])]

        def compute(batch):
            rows = np.zeros((len(batch), len(ids[batch[0]])), np.int64)
            mask = np.zeros_like(rows)
            for row, text in enumerate(batch):
                rows[row, : len(ids[text])] = ids[text]
                mask[row, : len(ids[text])] = 1
            return self.pooled(rows, mask, setting)

        result = np.empty((len(texts), 384), np.float32)
        for batch, vectors in zip(batches, self.each(compute, batches, setting)):
            result[batch] = vectors
        result = normalised(result)
        done = time.perf_counter()
        return result, done - began, done - tokenized

    def each(self, compute, batches, setting):
        return map(compute, batches)


class OnnxRuntime(SortedBatches):
    """All threads in one session, or a session of one thread for each; the file as it is, or fused by onnxruntime's own optimizer."""

    def __init__(self, folder, threads):
        super().__init__(folder)
        self.threads = threads
        self.files = {"as it is": f"{folder}/model.onnx"}
        try:
            from onnxruntime.transformers import optimizer

            optimizer.optimize_model(self.files["as it is"], "bert", num_heads=12, hidden_size=384).save_model_to_file(f"{folder}/fused.onnx")
            self.files["fused"] = f"{folder}/fused.onnx"
        except Exception as reason:  # an optional extra of theirs
            print(f"onnxruntime's optimizer does not work here: {reason}", file=sys.stderr)
        self.opened = {}
        self.pool = ThreadPoolExecutor(threads)

    def settings(self):
        for graph in self.files:
            for sessions in (1, self.threads) if self.threads > 1 else (1,):
                for batch in BATCHES:
                    yield {"graph": graph, "sessions": sessions, "batch": batch}

    def session(self, setting):
        import onnxruntime

        key = setting["graph"], setting["sessions"]
        if key not in self.opened:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self.threads // setting["sessions"]
            options.inter_op_num_threads = 1
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
            options.log_severity_level = 3
            self.opened = {key: onnxruntime.InferenceSession(self.files[key[0]], options, providers=["CPUExecutionProvider"])}
        return self.opened[key]

    def each(self, compute, batches, setting):
        return map(compute, batches) if setting["sessions"] == 1 else self.pool.map(compute, batches)

    def pooled(self, rows, mask, setting):
        inputs = {"input_ids": rows, "attention_mask": mask, "token_type_ids": np.zeros_like(rows)}
        session = self.session(setting)
        states = session.run(None, {i.name: inputs[i.name] for i in session.get_inputs()})[0]
        weights = mask[:, :, None].astype(np.float32)
        return (states * weights).sum(1) / weights.sum(1)


class PyTorch(SortedBatches):
    """transformers' BertModel, eager; in bf16 by autocast, or with weights in bf16."""

    def __init__(self, folder, threads, bf16):
        super().__init__(folder)
        import torch
        from transformers import BertModel

        torch.set_num_threads(threads)
        self.torch = torch
        self.models = {"fp32": BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa").eval()}
        if bf16:
            self.models["bf16 autocast"] = self.models.pop("fp32")
            self.models["bf16 weights"] = BertModel.from_pretrained(
                folder, add_pooling_layer=False, attn_implementation="sdpa", dtype=torch.bfloat16
            ).eval()

    def settings(self):
        return ({"model": model, "batch": batch} for model in self.models for batch in BATCHES)

    def pooled(self, rows, mask, setting):
        torch = self.torch
        rows, mask = torch.from_numpy(rows), torch.from_numpy(mask)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=setting["model"] == "bf16 autocast"):
            states = self.models[setting["model"]](input_ids=rows, attention_mask=mask).last_hidden_state.float()
        weights = mask[:, :, None].float()
        return ((states * weights).sum(1) / weights.sum(1)).numpy()


class SentenceTransformers:
    """encode() with its defaults."""

    def __init__(self, folder, threads):
        import torch
        from sentence_transformers import SentenceTransformer, models

        torch.set_num_threads(threads)
        encoder = models.Transformer(folder, max_seq_length=MAX_TOKENS)
        self.model = SentenceTransformer(modules=[encoder, models.Pooling(384), models.Normalize()], device="cpu")

    def settings(self):
        return iter([{"encode": "defaults"}])

    def vectors(self, texts, setting):
        began = time.perf_counter()
        vectors = self.model.encode(texts, show_progress_bar=False)
        return vectors, time.perf_counter() - began, None


def opened(peer, folder, threads):
    if peer == "onnxruntime":
        return OnnxRuntime(folder, threads)
    if peer == "sentence-transformers":
        return SentenceTransformers(folder, threads)
    return PyTorch(folder, threads, peer == "pytorch-bf16")


def main(peer, folder, texts_file, threads):
    with open(texts_file, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    model = opened(peer, folder, int(threads))
    sample, best = texts[::4], None
    for setting in model.settings():
        model.vectors(sample[:64], setting)
        seconds = min(model.vectors(sample, setting)[1] for _ in range(2))
        print(f"{peer} {setting}: {seconds:.2f} s for {len(sample)} texts", file=sys.stderr)
        if best is None or seconds < best[0]:
            best = seconds, setting
    setting = best[1]
    vectors = model.vectors(texts, setting)[0]
    print(json.dumps({"ready": setting}), flush=True)
    for line in sys.stdin:
        command = line.split()
        if command[0] == "run":
            vectors, seconds, from_ids = model.vectors(texts, setting)
            print(json.dumps({"seconds": seconds, "seconds_from_ids": from_ids}), flush=True)
        elif command[0] == "save":
            np.save(command[1], vectors.astype(np.float32))
            print(json.dumps({"saved": command[1]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
