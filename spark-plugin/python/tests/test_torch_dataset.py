"""PackedDataset: every row once, in the same order whoever reads, resumed anywhere, and nothing read that is no dataset. No Spark."""

from __future__ import annotations

import doctest
import inspect
import json
import logging
import pickle
import re
from collections import Counter
from functools import partial
from pathlib import Path

import pyarrow.dataset
import pytest

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader
from torch_fixtures import random_dataset, random_row, seeded, write

import spark_varlen.torch
from spark_varlen import VarlenError
from spark_varlen.torch import PackedDataset, collate


def ids_of(rows):
    return [row["row_id"] for row in rows]


def loaded(dataset, workers, **options):
    """The batches of a plain DataLoader, as lists of row ids."""
    return list(DataLoader(dataset, num_workers=workers, collate_fn=ids_of, **options))


def joined(batches):
    return [i for batch in batches for i in batch]


def test_rows_are_those_that_were_written(tmp_path):
    rng = seeded()
    for loss_mask in False, True:
        made = random_dataset(tmp_path / str(loss_mask), rng, 40, parts=4, loss_mask=loss_mask)
        dataset = PackedDataset(tmp_path / str(loss_mask), segments=True, verify=True)
        read = list(dataset)
        assert len(read) == len(dataset) == dataset.rows == dataset.steps == 40 and dataset.seq_len == 16
        for row, expected in zip(read, made):
            values = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in row.items()}
            assert values == {name: value for name, value in expected.items() if name != "checksum"}
            assert [str(row[name].dtype) for name in ("input_ids", "cu_seqlens")] == ["int32", "int32"]
        few = next(iter(PackedDataset(tmp_path / str(loss_mask), verify=True)))
        assert set(few) == {"row_id", "input_ids", "n_tokens", "cu_seqlens", *(["loss_mask"] if loss_mask else [])}


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("drop_last", [False, True])
def test_every_row_once_over_ranks_epochs_and_batch_sizes(tmp_path, shuffle, drop_last):
    rng = seeded()
    for case in range(25):
        rows = rng.choice([0, 1, 2, 7, 50, 97])
        folder = tmp_path / str(case)
        made = random_dataset(folder, rng, rows, parts=rng.randint(1, 6))
        ranks, batch_size = rng.choice([1, 2, 3, 8, 64]), rng.choice([1, 2, 5])
        shares = [
            PackedDataset(folder, rank=r, world_size=ranks, shuffle=shuffle, seed=case, batch_size=batch_size, drop_last=drop_last)
            for r in range(ranks)
        ]
        orders = []
        for epoch in range(3):
            for share in shares:
                share.set_epoch(epoch)
            read = [ids_of(share) for share in shares]
            assert [len(of_rank) for of_rank in read] == [len(share) for share in shares]
            assert [-(-len(of_rank) // batch_size) for of_rank in read] == [share.steps for share in shares]
            count = Counter(joined(read))
            assert set(count.values()) <= {1} and set(count) <= {row["row_id"] for row in made}
            assert len(count) + shares[0].dropped_rows == rows, "each row is read or counted as left out"
            if drop_last:
                assert len({len(of_rank) for of_rank in read}) == 1 and len(read[0]) % batch_size == 0
                assert shares[0].dropped_rows < ranks * batch_size
            else:
                assert shares[0].dropped_rows == 0
                steps = [share.steps for share in shares]
                assert max(steps) - min(steps) <= 1
                assert sum(len(of_rank) % batch_size > 0 for of_rank in read) <= 1
            orders.append(joined(read))
        if not shuffle:
            assert orders[0] == orders[1] == ids_of(made)[: len(orders[0])]
        elif len(orders[0]) >= 40:
            assert orders[0] != orders[1] != orders[2] != orders[0]


@pytest.mark.parametrize("shuffle", [False, True])
def test_workers_change_neither_rows_nor_order(tmp_path, shuffle):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 53, parts=4)
    for rank in range(2):
        dataset = PackedDataset(tmp_path / "d", rank=rank, world_size=2, shuffle=shuffle, seed=3, batch_size=4)
        alone = ids_of(dataset)
        for workers in 0, 1, 3:
            batches = loaded(dataset, workers, batch_size=4)
            assert joined(batches) == alone and len(batches) == dataset.steps
    # a batch size that the dataset does not know: another order, the same rows
    unknown = PackedDataset(tmp_path / "d", shuffle=shuffle)
    assert sorted(joined(loaded(unknown, 3, batch_size=4))) == sorted(ids_of(unknown))


def test_shuffle_follows_from_seed_and_epoch_alone(tmp_path):
    rng = seeded()
    # frozen: a checkpoint of one machine goes on on another
    write(tmp_path / "d", [[random_row(rng, 10 * p + i, 8) for i in range(5)] for p in range(3)], 8)
    order = ids_of(PackedDataset(tmp_path / "d", shuffle=True, seed=7))
    assert order == ids_of(PackedDataset(tmp_path / "d", shuffle=True, seed=7))
    assert order == FROZEN
    assert order != ids_of(PackedDataset(tmp_path / "d", shuffle=True, seed=8))


FROZEN = [4, 2, 3, 0, 1, 21, 23, 24, 20, 22, 11, 14, 10, 12, 13]


def test_every_place_in_a_part_is_as_likely(tmp_path):
    rng = seeded()
    write(tmp_path / "d", [[random_row(rng, i, 4) for i in range(8)]], 4)
    dataset = PackedDataset(tmp_path / "d", shuffle=True, seed=1)
    firsts = Counter()
    for epoch in range(800):
        dataset.set_epoch(epoch)
        firsts[next(iter(dataset))["row_id"]] += 1
    # 100 each on average; six standard deviations
    assert len(firsts) == 8 and all(44 < n < 156 for n in firsts.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_set_epoch_reaches_workers_that_live_on(tmp_path, workers):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 30)
    dataset = PackedDataset(tmp_path / "d", shuffle=True, batch_size=4)
    loader = DataLoader(dataset, batch_size=4, num_workers=workers, collate_fn=ids_of, persistent_workers=True)
    for epoch in 0, 1, 5:
        dataset.set_epoch(epoch)
        expected = PackedDataset(tmp_path / "d", shuffle=True, batch_size=4)
        expected.set_epoch(epoch)
        assert joined(loader) == ids_of(expected)


def test_spawned_workers_read_as_forked_ones(tmp_path):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 20)
    dataset = PackedDataset(tmp_path / "d", shuffle=True, batch_size=4)
    batches = list(DataLoader(dataset, 4, num_workers=2, collate_fn=partial(collate, labels=True), multiprocessing_context="spawn"))
    alone = list(DataLoader(dataset, 4, collate_fn=partial(collate, labels=True)))
    assert len(batches) == len(alone) == 5
    for batch, expected in zip(batches, alone):
        assert batch["input_ids"].tolist() == expected["input_ids"].tolist() and batch["labels"].tolist() == expected["labels"].tolist()


# ---- resuming


def test_resumes_anywhere_without_workers(tmp_path):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 41, parts=4)
    for _ in range(30):
        options = {"shuffle": rng.random() < 0.5, "batch_size": rng.choice([1, 3, 4]), "rank": rng.randrange(2), "world_size": 2}
        dataset = PackedDataset(tmp_path / "d", **options)
        dataset.set_epoch(2)
        whole = ids_of(dataset)
        rows, stop = iter(dataset), rng.randint(0, len(whole))
        begun = [next(rows)["row_id"] for _ in range(stop)]
        state = pickle.loads(pickle.dumps(dataset.state_dict()))
        assert json.loads(json.dumps(state)) == state
        again = PackedDataset(tmp_path / "d", **options)
        again.load_state_dict(state)
        assert again.state_dict() == state, "a state that nobody has used yet is still the state"
        # with any number of workers
        rest = joined(loaded(again, rng.choice([0, 0, 0, 2, 3]), batch_size=options["batch_size"]))
        assert begun + rest == whole
        assert again.epoch == 2 and ids_of(again) == whole, "the iterator after that begins anew"


def test_resumes_a_plain_loader_with_workers_by_steps(tmp_path):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 41, parts=4)
    options = {"shuffle": True, "batch_size": 3, "rank": 1, "world_size": 2}
    for workers, later in (2, 2), (3, 1), (1, 3), (2, 0):
        dataset = PackedDataset(tmp_path / "d", **options)
        dataset.set_epoch(1)
        whole = loaded(dataset, workers, batch_size=3)
        stop = rng.randint(0, len(whole))
        loader = iter(DataLoader(dataset, 3, num_workers=workers, collate_fn=ids_of))
        begun = [next(loader) for _ in range(stop)]
        with pytest.raises(VarlenError, match="give state_dict the steps that were taken"):
            dataset.state_dict()
        again = PackedDataset(tmp_path / "d", **options)
        again.load_state_dict(dataset.state_dict(steps=stop))
        assert begun + loaded(again, later, batch_size=3) == whole
        assert loaded(again, workers, batch_size=3) == whole, "the next epoch begins at its start"
        again.load_state_dict(dataset.state_dict(steps=stop))
        again.set_epoch(7)
        dataset.set_epoch(7)
        assert loaded(again, later, batch_size=3) == loaded(dataset, workers, batch_size=3), "set_epoch has the last word"
        again.load_state_dict(again.state_dict(steps=stop))
        again.set_epoch(7)
        kept = DataLoader(again, 3, num_workers=2, collate_fn=ids_of, persistent_workers=True)
        seventh = loaded(dataset, workers, batch_size=3)
        assert list(kept) == seventh[stop:] and list(kept) == list(kept) == seventh
        with pytest.raises(VarlenError, match=f"steps is 99, but this rank has {dataset.steps} batches"):
            dataset.state_dict(steps=99)


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("known", [True, False], ids=["batch size known", "batch size unknown"])
def test_resumes_a_stateful_loader(tmp_path, workers, known):
    rng = seeded()
    stateful = pytest.importorskip("torchdata.stateful_dataloader")
    random_dataset(tmp_path / "d", rng, 61, parts=5)

    def loader(snapshots=1):
        dataset = PackedDataset(tmp_path / "d", shuffle=True, seed=5, batch_size=3 if known else 1)
        return dataset, stateful.StatefulDataLoader(
            dataset, 3, num_workers=workers, collate_fn=ids_of, snapshot_every_n_steps=snapshots
        )

    for snapshots in 1, 2:
        dataset, first = loader(snapshots)
        dataset.set_epoch(4)
        whole = list(first)
        assert sorted(joined(whole)) == sorted(ids_of(dataset))
        for stop in {0, 1, len(whole), rng.randint(2, len(whole) - 1), rng.randint(2, len(whole) - 1)}:
            dataset, first = loader(snapshots)
            dataset.set_epoch(4)
            batches = iter(first)
            begun = [next(batches) for _ in range(stop)]
            state = pickle.loads(pickle.dumps(first.state_dict()))
            dataset, second = loader(snapshots)
            second.load_state_dict(state)
            rest = list(second)
            if stop == len(whole):
                # at the end of an epoch this loader begins the next one; which that is, is for set_epoch to say
                assert rest == whole or (rest == [] and list(second) == whole) or sorted(joined(rest)) == sorted(joined(whole))
            else:
                assert begun + rest == whole, f"stopped at {stop} of {len(whole)}"
                assert dataset.epoch == 4
                assert list(second) == whole, "the next epoch is whole"


def test_a_state_of_something_else_is_refused(tmp_path):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 20)
    random_dataset(tmp_path / "other", rng, 20, parts=4)
    state = PackedDataset(tmp_path / "d", shuffle=True).state_dict()
    for options, says in (
        ({"shuffle": True, "seed": 1}, "the state is of seed 0, but this is seed 1"),
        ({}, "the state is of shuffle True, but this is shuffle False"),
        ({"shuffle": True, "rank": 0, "world_size": 2}, "the state is of world_size 1, but this is world_size 2"),
        ({"shuffle": True, "batch_size": 2}, "the state is of batch_size 1, but this is batch_size 2"),
        ({"shuffle": True, "drop_last": True}, "the state is of drop_last False, but this is drop_last True"),
    ):
        with pytest.raises(VarlenError) as caught:
            PackedDataset(tmp_path / "d", **options).load_state_dict(state)
        assert str(caught.value) == says
    with pytest.raises(VarlenError, match="the state is of digest 0"):
        PackedDataset(tmp_path / "other", shuffle=True).load_state_dict(state)
    with pytest.raises(VarlenError, match="the state has no digest; it is not of a PackedDataset"):
        PackedDataset(tmp_path / "d").load_state_dict({})
    with pytest.raises(VarlenError, match="the state is not of a PackedDataset"):
        PackedDataset(tmp_path / "d", shuffle=True).load_state_dict({**state, "rows": None})
    of_worker = {**state, "worker": 1, "workers": 3, "given": 2}
    dataset = PackedDataset(tmp_path / "d", shuffle=True)
    dataset.load_state_dict(of_worker)
    with pytest.raises(VarlenError, match="of worker 1 of 3, but this is worker 0 of 1; resume with 3 workers"):
        iter(dataset)


# ---- ranks


def test_ranks_come_from_the_environment_or_from_torch(tmp_path, monkeypatch):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 20)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "4")
    dataset = PackedDataset(tmp_path / "d")
    assert (dataset.rank, dataset.world_size, len(dataset)) == (1, 4, 5)
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        dataset = PackedDataset(tmp_path / "d")
    finally:
        torch.distributed.destroy_process_group()
    assert (dataset.rank, dataset.world_size, len(dataset)) == (0, 1, 20)
    for rank, world_size, says in (
        (1, None, "rank and world_size go together"),
        (None, 2, "rank and world_size go together"),
        (2, 2, "rank is 2 of world_size 2; it must be from 0 to 1"),
        (-1, 2, "rank is -1 of world_size 2"),
    ):
        with pytest.raises(VarlenError, match=says):
            PackedDataset(tmp_path / "d", rank=rank, world_size=world_size)
    with pytest.raises(VarlenError, match="batch_size is 0"):
        PackedDataset(tmp_path / "d", batch_size=0)


def test_what_is_left_out_is_told_once(tmp_path, caplog):
    rng = seeded()
    random_dataset(tmp_path / "d", rng, 21)
    with caplog.at_level(logging.WARNING):
        made = [PackedDataset(tmp_path / "d", rank=r, world_size=4, batch_size=2, drop_last=True) for r in range(4)]
    assert [record.getMessage().split("): ")[-1] for record in caplog.records] == [
        "rows left out of each epoch, so that all ranks have 2 batches: 5"
    ]
    assert {dataset.dropped_rows for dataset in made} == {5}
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        made = [PackedDataset(tmp_path / "d", rank=r, world_size=4, batch_size=2) for r in range(4)]
    assert [record.getMessage().split("): ")[-1] for record in caplog.records] == [
        "some ranks have 3 batches, others 2; drop_last=True makes them equal"
    ]
    assert [dataset.steps for dataset in made] == [2, 3, 3, 3] and sum(map(len, made)) == 21
    caplog.clear()
    PackedDataset(tmp_path / "d", rank=0, world_size=3, batch_size=7)
    assert not caplog.records


# ---- what is no dataset


def test_folders_without_a_manifest_are_refused(tmp_path):
    rng = seeded()
    folder = tmp_path / "d"
    random_dataset(folder, rng, 9)
    manifest = folder / "_varlen" / "manifest.json"
    whole = manifest.read_text()

    def refused(says):
        with pytest.raises(VarlenError) as caught:
            PackedDataset(folder)
        assert str(caught.value).endswith(says) and str(folder) in str(caught.value) and "\n" not in str(caught.value)

    manifest.unlink()
    refused("is not a packed dataset: it has no _varlen/manifest.json")
    manifest.write_text("{")
    assert "is no manifest" in str(pytest.raises(VarlenError, PackedDataset, folder).value)
    manifest.write_text("null")
    refused("has format None; this version reads format 1")
    manifest.write_text(json.dumps({**json.loads(whole), "format": 2}))
    refused("has format 2; this version reads format 1")
    manifest.write_text(json.dumps({**json.loads(whole), "packing": None, "fingerprint": {"command": "embed"}}))
    refused("is not a packed dataset: it is the output of embed")
    with pytest.raises(VarlenError, match="is not a packed dataset: it does not exist"):
        PackedDataset(tmp_path / "nowhere")
    # what the manifest does not name is not there
    manifest.write_text(whole)
    (folder / "part-99999999-00000.parquet").write_bytes(b"left by a run that was killed")
    assert len(ids_of(PackedDataset(folder))) == 9
    assert ids_of(PackedDataset(folder.as_uri())) == ids_of(PackedDataset(str(folder))) == ids_of(PackedDataset(f"file:{folder}"))


def test_damaged_parts_are_named(tmp_path):
    rng = seeded()
    def folder(name, change=lambda rows: None, **manifest):
        rows = [random_row(rng, i, 8) for i in range(6)]
        change(rows)
        return write(tmp_path / name, [rows], 8, **manifest)

    def reading(path, says, **options):
        with pytest.raises(VarlenError) as caught:
            list(PackedDataset(path, **options))
        assert says in str(caught.value) and "part-deadbeef-00000.parquet" in str(caught.value) and "\n" not in str(caught.value)

    part = folder("cut") / "part-deadbeef-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    reading(tmp_path / "cut", "bytes instead of")
    part.unlink()
    reading(tmp_path / "cut", "is missing")
    part = folder("noise") / "part-deadbeef-00000.parquet"
    part.write_bytes(bytes(reversed(part.read_bytes())))
    reading(tmp_path / "noise", "is damaged")
    counted = folder("counted")
    manifest = json.loads((counted / "_varlen" / "manifest.json").read_text())
    manifest["parts"][0]["rows"] = 7
    (counted / "_varlen" / "manifest.json").write_text(json.dumps(manifest))
    reading(counted, "it has 6 rows instead of 7")

    def of_row_4(name, value):
        return lambda rows: rows[4].update({name: value})

    for name, change, says in (
        ("short", of_row_4("input_ids", [1] * 7), "row 4 has 7 input_ids instead of 8"),
        ("n_tokens", of_row_4("n_tokens", 9), "row 4 has cu_seqlens"),
        ("bounds", lambda rows: rows[4].update(n_tokens=3, cu_seqlens=[0, 2, 2, 3]), "row 4 has cu_seqlens"),
        ("starts", lambda rows: rows[4].update(n_tokens=3, cu_seqlens=[1, 3]), "row 4 has cu_seqlens"),
        ("none", lambda rows: rows[4].update(n_tokens=3, cu_seqlens=[]), "row 4 has cu_seqlens"),
        ("null", of_row_4("cu_seqlens", None), "a list is null"),
    ):
        for shuffle in False, True:
            reading(folder(f"{name}{shuffle}", change), says, shuffle=shuffle)


@pytest.mark.parametrize("loss_mask", [False, True])
def test_checksums_are_checked_where_asked_for(tmp_path, loss_mask):
    rng = seeded()
    def changed(rows):
        first = rows[2]["input_ids"][0]
        rows[2]["input_ids"][0] = 7 if first != 7 else 8

    def renamed(rows):
        rows[2]["segments"][0]["doc_id"] += "x"

    def unmasked(rows):
        rows[2]["loss_mask"][0] ^= 1

    for change in (changed, renamed, *([unmasked] if loss_mask else [])):
        rows = [random_row(rng, i, 8, loss_mask) for i in range(5)]
        change(rows)
        folder = write(tmp_path / change.__name__, [rows], 8, loss_mask)
        assert len(list(PackedDataset(folder))) == 5
        with pytest.raises(VarlenError, match="row 2 is not what its checksum says; varlen verify lists all damage"):
            list(PackedDataset(folder, verify=True))


def test_an_empty_dataset_is_one(tmp_path):
    for parts in [], [[]]:
        folder = write(tmp_path / str(len(parts)), parts, 8)
        for shuffle in False, True:
            dataset = PackedDataset(folder, shuffle=shuffle, rank=1, world_size=2, drop_last=shuffle, verify=True)
            assert list(dataset) == [] and len(dataset) == dataset.steps == dataset.dropped_rows == 0
            assert loaded(dataset, 2, batch_size=2) == []


# ---- what the documents say


def test_the_lines_of_the_readme_run(tmp_path, monkeypatch):
    rng = seeded()
    random_dataset(tmp_path / "packed", rng, 70, parts=3)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## PyTorch") : readme.index("## SQL functions")]
    code = re.findall(r"(?ms)^```python\n(.*?)^```", section)
    assert len(code) == 3
    taken = []
    monkeypatch.chdir(tmp_path)

    class Spark:
        """Stands in for a session, which test_torch_packed.py has: gives the rows of the folder as an Arrow table."""

        read = property(lambda self: self)

        def parquet(self, folder):
            self.table = pyarrow.dataset.dataset([str(file) for file in sorted(Path(folder).glob("*.parquet"))]).to_table()
            return self

        def where(self, condition):
            assert condition == "row_id < 2"
            return self.table.slice(0, 2)

    names = {"train": lambda *tensors: taken.append(tensors), "spark": Spark()}
    for block in code:
        exec(compile(block, "README.md", "exec"), names)
    assert len(taken) == 16 and [tuple(t.shape) for t in taken[8][:2]] == [tuple(taken[8][4].shape)] * 2
    assert [ids.tolist() for ids in names["rest"]] == [tensors[0].tolist() for tensors in taken[8 + 3 :]]
    assert set(names["batch"]) >= {"cu_seq_lens_q", "max_length_k"}
    functions = re.findall(r"(?m)^\| `(\w+)\(", section)
    assert set(functions) == {name for name in spark_varlen.torch.__all__ if callable(getattr(spark_varlen.torch, name))} - {"PackedDataset"}


def test_everything_public_is_typed_and_documented():
    for name in spark_varlen.torch.__all__:
        thing = getattr(spark_varlen.torch, name)
        if not callable(thing):
            continue
        signature, text = inspect.signature(thing), inspect.getdoc(thing)
        for parameter in signature.parameters.values():
            assert parameter.annotation is not parameter.empty, f"{name}: {parameter.name}"
            assert re.search(rf"(?m)^(.*, )?\**{parameter.name}(,.*)? ?:|^\*\*{parameter.name}$", text), f"{name}: {parameter.name}"
        assert "Parameters\n----------" in text and "Raises\n------" in text
    outcome = doctest.testmod(spark_varlen.torch)
    assert outcome.attempted >= 4 and not outcome.failed
