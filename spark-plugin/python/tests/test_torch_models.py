"""Packed batches through transformers' own Llama and BERT, of random weights in float64, beside one document at a time."""

from __future__ import annotations

import copy
import math
import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from torch_fixtures import random_row, seeded

from spark_varlen.torch import PackedDataset, collate, collate_batch, collate_torchtitan, collate_transformers, to_torch

SEQ_LEN, VOCABULARY = 48, 1000
# Packed and single differ by rounding alone. Whatever the model's type is, transformers computes Llama's norms, its eager softmax and its loss
# in float32; BERT stays in float64
TOLERANCE, BERT_TOLERANCE = 1e-5, 1e-12

torch.set_num_threads(1)


def reference_varlen(
    q, k, v, cu_seqlens_q, cu_seqlens_k, max_seqlen_q, max_seqlen_k, dropout_p=0.0, softmax_scale=None, causal=False, **others
):
    """flash_attn_varlen_func's contract, in double precision: q is [total, heads, head_dim]; k and v may have fewer heads."""
    for cu_seqlens, longest, x in (cu_seqlens_q, max_seqlen_q, q), (cu_seqlens_k, max_seqlen_k, k):
        assert cu_seqlens.dtype == torch.int32 and cu_seqlens.dim() == 1 and cu_seqlens.is_contiguous()
        assert type(longest) is int and x.dim() == 3
        assert cu_seqlens[0] == 0 and cu_seqlens[-1] == x.shape[0], "tokens outside of all sequences are never written"
        assert cu_seqlens.diff().max() <= longest
    assert not dropout_p and not any(others.get(name) for name in ("alibi_slopes", "block_table", "softcap"))
    out = torch.empty_like(q)
    scale = softmax_scale or 1 / math.sqrt(q.shape[-1])
    for (a, b), (c, d) in zip(*(list(zip(cu.tolist(), cu.tolist()[1:])) for cu in (cu_seqlens_q, cu_seqlens_k))):
        keys, values = (x[c:d].double().repeat_interleave(q.shape[1] // x.shape[1], dim=1) for x in (k, v))
        scores = torch.einsum("qhd,khd->hqk", q[a:b].double(), keys) * scale
        if causal:
            scores = scores.masked_fill(~torch.ones(b - a, d - c, dtype=torch.bool).tril(d - c - (b - a)), -math.inf)
        out[a:b] = torch.einsum("hqk,khd->qhd", scores.softmax(-1), values).to(q.dtype)
    return out


@pytest.fixture
def flash(monkeypatch):
    """transformers' own path to flash attention, whose last call is the reference; counts the calls."""
    import transformers.modeling_flash_attention_utils as utils

    calls = []

    def varlen(q, k, v, cu_seqlens_q, cu_seqlens_k, max_seqlen_q, max_seqlen_k, dropout_p=0.0, softmax_scale=None, causal=False):
        calls.append(cu_seqlens_q)
        return reference_varlen(q, k, v, cu_seqlens_q, cu_seqlens_k, max_seqlen_q, max_seqlen_k, dropout_p, softmax_scale, causal)

    def whole(*_, **__):
        raise AssertionError("attention over the whole batch")

    monkeypatch.setattr(utils, "_lazy_imports", lambda *_, **__: (whole, varlen, None, None, None))
    monkeypatch.setattr(utils, "_loaded_implementation", None)
    yield calls
    assert calls, "flash attention was never reached"


def ready(make, config, attention, **options):
    """A model of random weights in float64; flash attention is switched on behind its making, which asks for the package."""
    made_with = "eager" if attention == "flash_attention_2" else attention
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "initializer_range": 0.3}
    model = make(config(**sizes, **options, attn_implementation=made_with)).double().eval()
    model.config._attn_implementation = attention
    return model


def llama(attention, vocabulary=VOCABULARY):
    torch.manual_seed(1)
    return ready(transformers.LlamaForCausalLM, transformers.LlamaConfig, attention, vocab_size=vocabulary, num_key_value_heads=2)


def bert(attention):
    torch.manual_seed(2)
    options = {"vocab_size": VOCABULARY, "max_position_embeddings": SEQ_LEN}
    return ready(lambda config: transformers.BertModel(config, add_pooling_layer=False), transformers.BertConfig, attention, **options)


def made(count=5):
    """Rows of several documents with a loss mask; at least one row has padding, and one has none."""
    rng = seeded()
    rows = [random_row(rng, i, SEQ_LEN, loss_mask=True, full=i == 0) for i in range(count)]
    if all(row["n_tokens"] == SEQ_LEN for row in rows):
        rows[-1] = {"row_id": 9, "input_ids": [7, 8, 9] + [0] * (SEQ_LEN - 3), "cu_seqlens": [0, 1, 3], "loss_mask": [1] * 3 + [0] * (SEQ_LEN - 3)}
    return rows


def documents(rows):
    """(row, first slot, ids, loss mask) of each segment."""
    for n, row in enumerate(rows):
        for a, b in zip(row["cu_seqlens"], row["cu_seqlens"][1:]):
            yield n, a, row["input_ids"][a:b], row["loss_mask"][a:b]


def summed_loss(logits, ids, mask):
    """The loss over the learned tokens of one document, summed, and their number; its first token is never learned."""
    learned = torch.tensor([t for t in range(1, len(ids)) if mask[t]], dtype=torch.int64)
    return -logits.log_softmax(-1)[learned - 1, ids[learned]].sum(), len(learned)


def alone(model, rows):
    """Hidden states per segment, the mean loss over learned tokens and their number, one document at a time and without a mask."""
    states, loss, learned = [], 0.0, 0
    for _, _, ids, mask in documents(rows):
        ids = torch.as_tensor(ids, dtype=torch.int64)
        if hasattr(model, "lm_head"):
            out = model(input_ids=ids[None], output_hidden_states=True)
            states.append(out.hidden_states[-1][0])
            more, count = summed_loss(out.logits[0], ids, mask)
            loss, learned = loss + more.item(), learned + count
        else:
            states.append(model(input_ids=ids[None]).last_hidden_state[0])
    return states, loss / learned if learned else math.nan, learned


def differences(found, rows, states, starts=None):
    """How far each document's hidden states are from those expected; ``starts`` are those of rows that lie end to end."""
    for (row, a, ids, _), expected in zip(documents(rows), states):
        of_row = found[row, a:] if starts is None else found[0, starts[row] + a :]
        yield (of_row[: len(ids)] - expected).abs().max().item()


def shifted_loss(logits, labels):
    """The mean loss where labels are shifted already."""
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)


def loose(batch, rows):
    """The batch as if nobody knew where documents end: what must not give the same."""
    spoilt = copy.copy(batch)
    n = spoilt["input_ids"].shape[-1]
    for side in "qk":
        if f"cu_seq_lens_{side}" in spoilt:
            spoilt[f"cu_seq_lens_{side}"], spoilt[f"max_length_{side}"] = torch.tensor([0, n], dtype=torch.int32), n
    if "attention_mask" in spoilt:
        spoilt["attention_mask"] = collate_batch([{"input_ids": row["input_ids"]} for row in rows], mask=spoilt["attention_mask"].dtype)[
            "attention_mask"
        ]
    return spoilt


@torch.no_grad()
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_llama_over_rows_gives_what_it_gives_by_document(attention):
    rows, model = made(), llama(attention)
    states, loss, _ = alone(model, rows)
    for mask in ([torch.bool] if attention == "sdpa" else []) + [torch.float64]:
        batch = collate_batch(rows, labels=True, mask=mask)
        out = model(**batch, output_hidden_states=True)
        assert abs(out.loss.item() - loss) < TOLERANCE
        assert all(difference < TOLERANCE for difference in differences(out.hidden_states[-1], rows, states))
        assert abs(model(**loose(batch, rows)).loss.item() - loss) > 1e-4, "without the mask documents leak"


@torch.no_grad()
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_llama_finds_boundaries_by_positions_alone(attention):
    rows, model = made(), llama(attention)
    _, loss, _ = alone(model, rows)
    batch = collate_batch(rows, labels=True, mask=None)
    assert abs(model(**batch, use_cache=False).loss.item() - loss) < TOLERANCE
    flat = collate(rows, labels=True)
    out = model(**{name: flat[name][None] for name in ("input_ids", "position_ids", "labels")}, use_cache=False)
    assert abs(out.loss.item() - loss) < TOLERANCE


@torch.no_grad()
@pytest.mark.parametrize("padding", [False, True])
def test_llama_padding_free_gives_what_it_gives_by_document(flash, padding):
    rows = made()
    states, loss, _ = alone(llama("eager"), rows)
    model = llama("flash_attention_2")
    batch = collate_transformers(rows, labels=True, padding=padding)
    out = model(**batch, output_hidden_states=True)
    assert len(flash) == 3 and all(torch.equal(cu_seqlens, batch["cu_seq_lens_q"]) for cu_seqlens in flash)
    assert abs(out.loss.item() - loss) < TOLERANCE
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + (SEQ_LEN if padding else row["cu_seqlens"][-1]))
    assert all(difference < TOLERANCE for difference in differences(out.hidden_states[-1], rows, states, starts))
    assert abs(model(**loose(batch, rows)).loss.item() - loss) > 1e-4, "without boundaries documents leak"


@torch.no_grad()
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_bert_over_rows_gives_what_it_gives_by_document(attention):
    rows, model = made(), bert(attention)
    states, *_ = alone(model, rows)
    batch = collate_batch(rows, causal=False, mask=torch.float64)
    out, leaking = model(**batch).last_hidden_state, model(**{**batch, "attention_mask": None}).last_hidden_state
    assert all(difference < BERT_TOLERANCE for difference in differences(out, rows, states))
    assert any(difference > 1e-2 for difference in differences(leaking, rows, states)), "without the mask documents leak"


@torch.no_grad()
def test_bert_padding_free_gives_what_it_gives_by_document(flash):
    # as many tokens as BERT has positions: transformers 5 takes token types from a buffer of that length
    rows = [row for row in made(8) if row["cu_seqlens"][-1] <= SEQ_LEN]
    states, *_ = alone(bert("eager"), rows)
    at = 0
    for row in rows:
        out = bert("flash_attention_2")(**collate_transformers([row])).last_hidden_state
        assert all(difference < BERT_TOLERANCE for difference in differences(out, [row], states[at:]))
        at += len(row["cu_seqlens"]) - 1
    many = collate_transformers(rows)
    out = bert("flash_attention_2")(**many, token_type_ids=torch.zeros_like(many["input_ids"])).last_hidden_state[0]
    assert (out - torch.cat(states)).abs().max() < BERT_TOLERANCE


@torch.no_grad()
@pytest.mark.skipif("VARLEN_TORCH_DATASETS" not in os.environ, reason="VARLEN_TORCH_DATASETS names no packed datasets")
def test_llama_over_what_pack_wrote_gives_what_it_gives_by_document(flash):
    rows = list(PackedDataset(Path(os.environ["VARLEN_TORCH_DATASETS"], "chats"), shuffle=True, seed=1, verify=True))[:4]
    vocabulary = 1 + max(int(row["input_ids"].max()) for row in rows)
    _, loss, learned = alone(llama("sdpa", vocabulary), rows)
    assert learned > 100 and sum(len(row["cu_seqlens"]) - 1 for row in rows) > 8
    by_mask = llama("sdpa", vocabulary)(**to_torch(rows, collate_batch, labels=True))
    by_boundaries = llama("flash_attention_2", vocabulary)(**to_torch(rows, collate_transformers, labels=True))
    assert abs(by_mask.loss.item() - loss) < TOLERANCE and abs(by_boundaries.loss.item() - loss) < TOLERANCE


def test_gradients_are_those_of_single_documents():
    rows, packed = made(), llama("sdpa")
    single = copy.deepcopy(packed)
    inputs, labels = collate_torchtitan(rows)
    mask = collate_batch(rows)["attention_mask"]
    logits = packed(input_ids=inputs["input"], position_ids=inputs["positions"], attention_mask=mask).logits
    shifted_loss(logits, labels).backward()
    total, learned = 0.0, 0
    for _, _, ids, mask in documents(rows):
        ids = torch.as_tensor(ids, dtype=torch.int64)
        loss, count = summed_loss(single(input_ids=ids[None]).logits[0], ids, mask)
        total, learned = total + loss, learned + count
    (total / learned).backward()
    for (name, a), (_, b) in zip(packed.named_parameters(), single.named_parameters()):
        assert (a.grad - b.grad).abs().max() < TOLERANCE, name


def test_padding_free_batches_are_those_of_transformers_own_collator():
    rows = made(8)
    for row in rows:
        del row["loss_mask"]
    own = transformers.DataCollatorWithFlattening(return_tensors="pt", return_flash_attn_kwargs=True, return_seq_idx=True)
    singles = [
        {"input_ids": row["input_ids"][a:b]} for row in rows for a, b in zip(row["cu_seqlens"], row["cu_seqlens"][1:])
    ]
    expected, found = own(singles), collate_transformers(rows, labels=True, segment_ids=True)
    assert set(expected) == set(found)
    for name, value in expected.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(found[name], value) and found[name].dtype == value.dtype, name
        else:
            assert found[name] == value and type(found[name]) is type(value), name


def test_torchtitan_would_make_the_same_mask_of_the_positions():
    rows = made(6)
    inputs, labels = collate_torchtitan(rows)
    # how torchtitan tells documents apart: one begins wherever a position is 0
    begun = (inputs["positions"] == 0).cumsum(-1)
    sees = (begun[:, None, :, None] == begun[:, None, None, :]) & torch.ones(SEQ_LEN, SEQ_LEN, dtype=torch.bool).tril()
    batch = collate_batch(rows, labels=True)
    assert torch.equal(sees, batch["attention_mask"])
    with torch.no_grad():
        model = llama("sdpa")
        logits = model(input_ids=inputs["input"], position_ids=inputs["positions"], attention_mask=sees).logits
        assert abs(shifted_loss(logits, labels).item() - model(**batch).loss.item()) < TOLERANCE
