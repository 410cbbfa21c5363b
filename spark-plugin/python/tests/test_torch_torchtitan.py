"""torchtitan's own data loader over PackedDataset, and its own masks and boundaries from the positions that it gives."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
attention = pytest.importorskip("torchtitan.models.common.attention")

from torch_fixtures import random_dataset, random_row, seeded
from torchtitan.components.dataloader import ParallelAwareDataloader

from spark_varlen.torch import PackedDataset, collate, collate_batch, collate_torchtitan


def test_boundaries_are_those_of_flat_batches():
    rng = seeded()
    for _ in range(50):
        rows = [random_row(rng, i, 16, full=rng.random() < 0.3) for i in range(rng.randint(1, 4))]
        inputs, _ = collate_torchtitan(rows)
        found, expected = attention.create_varlen_metadata_for_document(inputs["positions"]), collate(rows, padding=True)
        assert found.cu_seq_q.dtype == torch.int32
        assert found.cu_seq_q.tolist() == found.cu_seq_k.tolist() == expected["cu_seqlens"].tolist()
        assert found.max_q == found.max_k == expected["max_seqlen"]
        assert torch.equal(inputs["input"].flatten(), expected["input_ids"])


def test_masks_are_those_of_batches():
    rng = seeded()
    for _ in range(20):
        rows = [random_row(rng, i, 16) for i in range(3)]
        inputs, _ = collate_torchtitan(rows)
        document = attention.get_document_mask_mod(inputs["positions"])
        b, q, k = torch.meshgrid(torch.arange(3), torch.arange(16), torch.arange(16), indexing="ij")
        sees = document(b, torch.zeros_like(b), q, k) & attention.get_causal_mask_mod()(b, torch.zeros_like(b), q, k)
        assert torch.equal(sees[:, None], collate_batch(rows)["attention_mask"])


@pytest.mark.parametrize("workers", [0, 2])
def test_its_data_loader_goes_on_on_every_rank(tmp_path, workers):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 45, parts=3)

    def loader(rank):
        rows = PackedDataset(tmp_path / "d", rank=rank, world_size=2, shuffle=True, seed=3, batch_size=4, drop_last=True)
        return ParallelAwareDataloader(rows, rank, 2, batch_size=4, num_workers=workers, collate_fn=collate_torchtitan)

    for rank in range(2):
        whole = [(inputs["input"].tolist(), inputs["positions"].tolist(), labels.tolist()) for inputs, labels in loader(rank)]
        assert len(whole) == 5 and all(len(ids) == 4 for ids, *_ in whole)
        first, stop = loader(rank), rng.randint(1, 4)
        batches = iter(first)
        for _ in range(stop):
            next(batches)
        second = loader(rank)
        second.load_state_dict(first.state_dict())
        assert [(inputs["input"].tolist(), inputs["positions"].tolist(), labels.tolist()) for inputs, labels in second] == whole[stop:]
