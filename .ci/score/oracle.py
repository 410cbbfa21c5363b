"""What transformers and PyTorch say of the same model and texts: losses per document, and statistics of eager attention."""
import math

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_num_threads(1)  # the models are tiny


def load(folder):
    """In float64, so that only the other side rounds."""
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float64)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def loss(model, ids, max_length, context):
    """(sum of the losses, tokens scored) by the loop of transformers' guide "Perplexity of fixed-length models"."""
    stride = max_length - context
    total, scored, prev_end = 0.0, 0, 0
    for begin in range(0, len(ids), stride):
        end = min(begin + max_length, len(ids))
        target_length = end - prev_end
        input_ids = torch.tensor([ids[begin:end]])
        targets = input_ids.clone()
        targets[:, :-target_length] = -100
        valid = int((targets[:, 1:] != -100).sum())  # the model shifts the labels
        if valid > 0:
            with torch.no_grad():
                total += model(input_ids, labels=targets).loss.item() * valid
            scored += valid
        prev_end = end
        if end == len(ids):
            break
    return total, scored


class Captured:
    """Queries and keys of each layer as attention sees them, [heads, tokens, dim], of the forward passes inside the block."""

    def __init__(self, model):
        self.module = __import__(type(model).__module__, fromlist=["eager_attention_forward"])
        self.calls = []

    def __enter__(self):
        self.original = self.module.eager_attention_forward

        def capture(attention, query, key, *args, **kwargs):
            repeated = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1)
            self.calls.append((query[0], repeated[0], kwargs["scaling"]))
            return self.original(attention, query, key, *args, **kwargs)

        self.module.eager_attention_forward = capture
        return self

    def __exit__(self, *_):
        self.module.eager_attention_forward = self.original


def statistics(model, rows, window):
    """
    Means over all queries, by (layer, head), of causal attention. A row is a list of documents, each a list of ids; leakage
    is the mass on other documents when the document mask is left out of the row.
    """
    sums, queries = None, 0
    for documents in rows:
        of_row = [[] for _ in range(model.config.num_hidden_layers)]
        for ids in documents:
            with torch.no_grad(), Captured(model) as captured:
                attentions = model(torch.tensor([ids]), output_attentions=True).attentions
            one = torch.stack([isolated(p[0], q, k, s, window) for p, (q, k, s) in zip(attentions, captured.calls)])
            sums = one if sums is None else sums + one
            queries += len(ids)
            for layer, call in enumerate(captured.calls):
                of_row[layer].append(call)
        leaks = torch.stack([leakage(calls) for calls in of_row])
        sums[:, :, 5] += leaks
    return {"queries": queries, "means": (sums / queries).tolist()}


def isolated(p, q, k, scale, window):
    """[heads, 6] sums over queries: entropy, mean_distance, sink_mass, window_mass, max_logit, and 0 for leakage."""
    tokens = p.shape[-1]
    distance = (torch.arange(tokens)[:, None] - torch.arange(tokens)[None, :]).abs()
    scores = (q @ k.transpose(1, 2) * scale).masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -math.inf)
    return torch.stack(
        [
            -torch.special.xlogy(p, p).sum((1, 2)),
            (p * distance).sum((1, 2)),
            p[:, :, 0].sum(1),
            (p * (distance <= window)).sum((1, 2)),
            scores.amax(2).sum(1),
            torch.zeros(p.shape[0], dtype=torch.float64),
        ],
        dim=1,
    )


def leakage(calls):
    """[heads] sums over queries of the mass on keys of other documents of the row."""
    q, k = (torch.cat([call[i] for call in calls], dim=1) for i in (0, 1))
    tokens = q.shape[1]
    document = torch.cat([torch.full((call[0].shape[1],), i) for i, call in enumerate(calls)])
    scores = (q @ k.transpose(1, 2) * calls[0][2]).masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -math.inf)
    return (scores.softmax(2) * (document[:, None] != document[None, :])).sum((1, 2))
