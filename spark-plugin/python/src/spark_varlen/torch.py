"""Packed rows as PyTorch tensors, and a packed dataset as an `IterableDataset`.

:class:`PackedDataset` reads a packed dataset's files without Spark; :func:`collate` makes a batch of its rows in the form that
``flash_attn_varlen_func`` takes, :func:`collate_transformers`, :func:`collate_batch` and :func:`collate_torchtitan` in the forms of others;
:func:`to_torch` does the same for a Spark DataFrame. Needs PyTorch, NumPy and pyarrow (the extra ``torch``), and no PySpark.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from spark_varlen._packed import PackedFolder, Part
from spark_varlen.errors import VarlenError

__all__ = ["IGNORED", "PackedDataset", "collate", "collate_batch", "collate_torchtitan", "collate_transformers", "to_torch"]

#: The label of a token that is not learned, which PyTorch's cross entropy leaves out by default.
IGNORED = -100

_LOG = logging.getLogger(__name__)
_MOST_WORKERS = 4096


# ---- batches


def collate(
    rows: Iterable[Any],
    *,
    labels: bool = False,
    segment_ids: bool = False,
    doc_ids: bool = False,
    padding: bool = False,
    position_offset: int = 0,
) -> dict[str, Any]:
    """A batch of rows, all segments end to end, as ``flash_attn_varlen_func`` takes it.

    `T` is the number of tokens of all rows, `S` the number of their segments.

    Parameters
    ----------
    rows : iterable of mappings
        Rows of a packed dataset: of :class:`PackedDataset`, of a DataFrame's ``collect()``, or dicts. Of their columns ``input_ids`` is
        needed; without ``cu_seqlens`` a row is one segment, so what ``tokenize`` gives can be batched, too.
    labels : bool, default False
        Whether to give ``labels``: the ids, unshifted, as the models of transformers take them, with -100 on each segment's first
        token, where ``loss_mask`` is 0, and on padding.
    segment_ids : bool, default False
        Whether to give ``segment_ids``: per token the index of its segment in ``cu_seqlens``, -1 on padding.
    doc_ids : bool, default False
        Whether to give ``doc_ids``: per segment the id of its document, for which rows must have ``segments``.
    padding : bool, default False
        Whether the rows' padding stays in, so that `T` is always rows times slots. A row's padding is then one more segment, since
        ``cu_seqlens`` has to end at `T`.
    position_offset : int, default 0
        The position of a segment's first token; models like RoBERTa count from 2.

    Returns
    -------
    dict
        ========================  ===============================  =====================================================
        ``input_ids``             int64 tensor, [T]                token ids
        ``cu_seqlens``            int32 tensor, [S + 1]            0, and where each segment ends
        ``max_seqlen``            int                              the longest segment, 0 without any
        ``position_ids``          int64 tensor, [T]                positions, which restart with each segment
        ``labels``                int64 tensor, [T]                where asked for
        ``segment_ids``           int32 tensor, [T]                where asked for
        ``doc_ids``               list of str, [S]                 where asked for; None for padding
        ========================  ===============================  =====================================================

    Raises
    ------
    VarlenError
        If a row has not the columns that are needed, or they do not fit together.

    Examples
    --------
    >>> from spark_varlen.torch import collate
    >>> batch = collate([{"input_ids": [5, 6, 7, 8, 0], "cu_seqlens": [0, 3, 4]}], labels=True)
    >>> batch["input_ids"], batch["cu_seqlens"], batch["max_seqlen"]
    (tensor([5, 6, 7, 8]), tensor([0, 3, 4], dtype=torch.int32), 3)
    >>> batch["position_ids"], batch["labels"]
    (tensor([0, 1, 2, 0]), tensor([-100,    6,    7, -100]))
    """
    flat = _Flat(rows, padding)
    batch: dict[str, Any] = {
        "input_ids": _tensor(flat.ids),
        "cu_seqlens": _tensor(flat.cu_seqlens),
        "max_seqlen": flat.max_seqlen,
        "position_ids": _tensor(flat.position_ids(position_offset)),
    }
    if labels:
        batch["labels"] = _tensor(flat.labels())
    if segment_ids:
        batch["segment_ids"] = _tensor(np.where(flat.is_padding(), -1, flat.segment_of()).astype(np.int32))
    if doc_ids:
        batch["doc_ids"] = [doc_id for row in flat.doc_ids() for doc_id in row]
    return batch


def collate_transformers(
    rows: Iterable[Any],
    *,
    labels: bool = False,
    segment_ids: bool = False,
    padding: bool = False,
    position_offset: int = 0,
) -> dict[str, Any]:
    """A batch of rows as keyword arguments of a transformers model that runs padding-free.

    The names are those of ``DataCollatorWithFlattening``; the model's ``attn_implementation`` must be one of flash attention, the only
    ones that look at ``cu_seq_lens_q``. For all others there is :func:`collate_batch`.

    Parameters
    ----------
    rows : iterable of mappings
        As of :func:`collate`.
    labels : bool, default False
        Whether to give ``labels``; the model then gives a loss, over all learned tokens of the batch.
    segment_ids : bool, default False
        Whether to give ``seq_idx``, which linear attention and convolutions take: per token the index of its segment.
    padding : bool, default False
        As of :func:`collate`.
    position_offset : int, default 0
        As of :func:`collate`.

    Returns
    -------
    dict
        ==================================  ===========================  ================================
        ``input_ids``, ``position_ids``     int64 tensors, [1, T]
        ``cu_seq_lens_q``, ``cu_seq_lens_k``  int32 tensors, [S + 1]     one and the same
        ``max_length_q``, ``max_length_k``  int                          the longest segment
        ``labels``                          int64 tensor, [1, T]         where asked for
        ``seq_idx``                         int32 tensor, [1, T]         where asked for
        ==================================  ===========================  ================================

    Raises
    ------
    VarlenError
        As of :func:`collate`.
    """
    flat = _Flat(rows, padding)
    cu_seqlens = _tensor(flat.cu_seqlens)
    batch: dict[str, Any] = {
        "input_ids": _tensor(flat.ids)[None],
        "position_ids": _tensor(flat.position_ids(position_offset))[None],
        "cu_seq_lens_q": cu_seqlens,
        "cu_seq_lens_k": cu_seqlens,
        "max_length_q": flat.max_seqlen,
        "max_length_k": flat.max_seqlen,
    }
    if labels:
        batch["labels"] = _tensor(flat.labels())[None]
    if segment_ids:
        batch["seq_idx"] = _tensor(flat.segment_of().astype(np.int32))[None]
    return batch


def collate_batch(
    rows: Iterable[Any],
    *,
    causal: bool = True,
    mask: torch.dtype | None = torch.bool,
    labels: bool = False,
    segment_ids: bool = False,
    doc_ids: bool = False,
    position_offset: int = 0,
) -> dict[str, Any]:
    """A batch of rows with one row each, and a 4-D mask that keeps segments apart.

    `B` is the number of rows, `L` their number of slots. The mask takes `B` times `L` squared elements: for long rows flash attention is
    the better way (:func:`collate_transformers`).

    Parameters
    ----------
    rows : iterable of mappings
        As of :func:`collate`; all with as many ``input_ids``.
    causal : bool, default True
        Whether a token sees nothing behind it, as in a decoder; False for encoders like BERT.
    mask : torch.dtype or None, default torch.bool
        ``torch.bool`` gives a mask that is True where a token sees another, as SDPA takes it; a floating-point type gives one to be
        added to scores, 0 there and the type's lowest number elsewhere, as ``attn_implementation="eager"`` needs it; None gives none: the
        decoders of transformers 5 then find segments by their positions, but only with ``use_cache=False``.
    labels : bool, default False
        As of :func:`collate`.
    segment_ids : bool, default False
        Whether to give ``segment_ids``: per slot the index of its segment in the row, -1 on padding, as the dataset's column.
    doc_ids : bool, default False
        Whether to give ``doc_ids``: per row the ids of its segments' documents.
    position_offset : int, default 0
        As of :func:`collate`.

    Returns
    -------
    dict
        ====================  ================================  ==================================================
        ``input_ids``         int64 tensor, [B, L]              with the padding
        ``position_ids``      int64 tensor, [B, L]              restart with each segment, and with the padding
        ``attention_mask``    tensor, [B, 1, L, L]              query by key; padding sees padding, so no row is empty
        ``labels``            int64 tensor, [B, L]              where asked for
        ``segment_ids``       int32 tensor, [B, L]              where asked for
        ``doc_ids``           list of list of str               where asked for
        ====================  ================================  ==================================================

    Raises
    ------
    VarlenError
        As of :func:`collate`; also without rows, or with rows of different length.
    """
    flat = _Flat(rows, True)
    shape = flat.shape()
    batch: dict[str, Any] = {
        "input_ids": _tensor(flat.ids.reshape(shape)),
        "position_ids": _tensor(flat.position_ids(position_offset).reshape(shape)),
    }
    if mask is not None:
        batch["attention_mask"] = _block_mask(_tensor(flat.segment_of().reshape(shape)), causal, mask)
    if labels:
        batch["labels"] = _tensor(flat.labels().reshape(shape))
    if segment_ids:
        batch["segment_ids"] = _tensor(flat.segment_in_row().reshape(shape))
    if doc_ids:
        batch["doc_ids"] = [[doc_id for doc_id in row if doc_id is not None] for row in flat.doc_ids()]
    return batch


def collate_torchtitan(rows: Iterable[Any], *, segment_ids: bool = False) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A batch of rows as torchtitan's trainer takes it from a data loader.

    With ``attn_mask_type="block_causal"`` torchtitan makes its masks from ``positions``, which restart at 0 with each segment and with
    the padding.

    Parameters
    ----------
    rows : iterable of mappings
        As of :func:`collate`; all with as many ``input_ids``.
    segment_ids : bool, default False
        Whether to give ``segment_ids`` beside ``positions``, as of :func:`collate_batch`.

    Returns
    -------
    inputs : dict
        ``input`` and ``positions``, int64 tensors, [B, L]; ``segment_ids``, int32 tensor, [B, L], where asked for.
    labels : torch.Tensor
        int64, [B, L], shifted: per slot the id that follows it; -100 where none follows in its segment, where the loss mask of the one
        that follows is 0, and on padding.

    Raises
    ------
    VarlenError
        As of :func:`collate_batch`.
    """
    flat = _Flat(rows, True)
    shape = flat.shape()
    unshifted = flat.labels().reshape(shape)
    labels = np.full(shape, IGNORED, np.int64)
    # a segment's first token has no label, so none comes over from the segment behind
    labels[:, :-1] = unshifted[:, 1:]
    inputs = {"input": _tensor(flat.ids.reshape(shape)), "positions": _tensor(flat.position_ids(0).reshape(shape))}
    if segment_ids:
        inputs["segment_ids"] = _tensor(flat.segment_in_row().reshape(shape))
    return inputs, _tensor(labels)


def to_torch(df_or_rows: Any, into: Callable[..., Any] = collate, **options: Any) -> Any:
    """One batch of all rows of a DataFrame.

    The rows come to this process: take a part of a large dataset (``df.limit(8)``, ``df.where("row_id < 8")``), or read it with
    :class:`PackedDataset`. A DataFrame has no order of its own; where it matters, ``orderBy("row_id")``.

    Parameters
    ----------
    df_or_rows : DataFrame, pyarrow.Table, pyarrow.RecordBatch or iterable of mappings
        Packed rows, as of :func:`collate`. A Spark DataFrame, classic or of Spark Connect, gives only the columns that are needed.
    into : callable, default collate
        :func:`collate`, :func:`collate_transformers`, :func:`collate_batch` or :func:`collate_torchtitan`.
    **options
        Its keyword arguments.

    Returns
    -------
    dict or tuple
        What `into` gives.

    Raises
    ------
    VarlenError
        As of `into`; also if `df_or_rows` is nothing that has rows.
    """
    return into(_rows_of(df_or_rows, bool(options.get("doc_ids"))), **options)


_COLUMNS = ("row_id", "input_ids", "n_tokens", "cu_seqlens", "loss_mask")


def _rows_of(given: Any, segments: bool) -> Iterable[Any]:
    names = getattr(given, "columns", None)
    if hasattr(given, "to_pylist") and hasattr(given, "schema"):
        return given.select([name for name in _wanted(given.schema.names, segments)]).to_pylist()
    if hasattr(given, "collect") and hasattr(given, "select") and isinstance(names, list):
        return given.select(*_wanted(names, segments)).collect()
    if isinstance(given, Mapping) or not isinstance(given, Iterable) or isinstance(given, (str, bytes)):
        raise VarlenError(f"to_torch takes a DataFrame, an Arrow table or rows, not {type(given).__name__}")
    if names is not None:
        raise VarlenError(f"to_torch takes no {type(given).__module__.split('.')[0]} DataFrame; give it to_dict('records')")
    return given


def _wanted(names: Sequence[str], segments: bool) -> list[str]:
    wanted = [*_COLUMNS, "segments"] if segments else _COLUMNS
    return [name for name in wanted if name in names]


class _Row:
    """One row: its ids, where its segments end, and what is known of them."""

    def __init__(self, given: Any, n: int) -> None:
        fields = given.asDict() if hasattr(given, "asDict") else given
        if not isinstance(fields, Mapping):
            raise VarlenError(f"row {n} of the batch is no mapping but {type(given).__name__}")
        self.name = f"row {fields['row_id']}" if fields.get("row_id") is not None else f"row {n} of the batch"
        self.ids = self._integers(fields, "input_ids")
        if self.ids is None:
            raise VarlenError(f"{self.name} has no input_ids; it has {', '.join(map(str, fields))}")
        n_tokens = int(fields["n_tokens"]) if fields.get("n_tokens") is not None else None
        bounds = self._integers(fields, "cu_seqlens")
        if bounds is None:
            bounds = np.array([0, len(self.ids) if n_tokens is None else n_tokens])
        self.lengths = np.diff(bounds).astype(np.int64)
        if len(bounds) < 1 or bounds[0] != 0 or (self.lengths < 0).any() or bounds[-1] > len(self.ids):
            raise VarlenError(
                f"{self.name} has cu_seqlens {bounds.tolist()[:9]} for {len(self.ids)} input_ids; they start with 0, never decrease, and"
                " end at the number of tokens"
            )
        self.n_tokens = int(bounds[-1])
        if n_tokens is not None and n_tokens != self.n_tokens:
            raise VarlenError(f"{self.name} has {n_tokens} n_tokens, but its cu_seqlens end at {self.n_tokens}")
        self.loss_mask = self._integers(fields, "loss_mask")
        if self.loss_mask is not None and len(self.loss_mask) != len(self.ids):
            raise VarlenError(f"{self.name} has a loss_mask of {len(self.loss_mask)} for {len(self.ids)} input_ids")
        self._segments = fields.get("segments")

    def _integers(self, fields: Mapping[str, Any], column: str) -> np.ndarray | None:
        values = fields.get(column)
        if values is None:
            return None
        array = np.asarray(values)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iub"):
            raise VarlenError(f"{self.name} has {column} that are no list of integers")
        return array

    def doc_ids(self) -> list[str]:
        if self._segments is None:
            raise VarlenError(f"{self.name} has no segments, which doc_ids are in; PackedDataset gives them with segments=True")
        if len(self._segments) != len(self.lengths):
            raise VarlenError(f"{self.name} has {len(self._segments)} segments, but {len(self.lengths)} by its cu_seqlens")
        return [segment["doc_id"] for segment in self._segments]


class _Flat:
    """Rows end to end: their segments, and, if it is kept, each row's padding as one more."""

    def __init__(self, rows: Iterable[Any], padding: bool) -> None:
        self._rows = [_Row(row, n) for n, row in enumerate(rows)]
        self._ends = [len(row.ids) if padding else row.n_tokens for row in self._rows]
        # of each row's segments: its own, and whether there is one of padding
        self._padded = [end > row.n_tokens for row, end in zip(self._rows, self._ends)]
        self.ids = self._join([row.ids[:end] for row, end in zip(self._rows, self._ends)], np.int64)
        lengths = [
            np.append(row.lengths, end - row.n_tokens) if padded else row.lengths
            for row, end, padded in zip(self._rows, self._ends, self._padded)
        ]
        self._counts = np.array([len(of_row) for of_row in lengths], np.int64)
        self.lengths = self._join(lengths, np.int64)
        bounds = np.zeros(len(self.lengths) + 1, np.int64)
        np.cumsum(self.lengths, out=bounds[1:])
        if bounds[-1] > np.iinfo(np.int32).max:
            raise VarlenError(f"a batch of {bounds[-1]} tokens is more than cu_seqlens can count; give fewer rows")
        self.cu_seqlens = bounds.astype(np.int32)

    @staticmethod
    def _join(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
        return np.concatenate(arrays, dtype=dtype, casting="unsafe") if arrays else np.zeros(0, dtype)

    @property
    def max_seqlen(self) -> int:
        return int(self.lengths.max()) if len(self.lengths) else 0

    def shape(self) -> tuple[int, int]:
        slots = {len(row.ids) for row in self._rows}
        if len(slots) != 1:
            found = " and ".join(map(str, sorted(slots)[:2]))
            raise VarlenError(f"rows of a batch must have the same length, not {found}" if slots else "a batch needs at least one row")
        return len(self._rows), slots.pop()

    def position_ids(self, offset: int) -> np.ndarray:
        starts = self.cu_seqlens[:-1].astype(np.int64) - offset
        return np.arange(len(self.ids), dtype=np.int64) - np.repeat(starts, self.lengths)

    def segment_of(self) -> np.ndarray:
        """Per token the index of its segment, padding's included."""
        return np.repeat(np.arange(len(self.lengths), dtype=np.int64), self.lengths)

    def is_padding(self) -> np.ndarray:
        """Per token whether it is none."""
        lasts = np.cumsum(self._counts)[np.array(self._padded, bool)] - 1
        of_segment = np.zeros(len(self.lengths), bool)
        of_segment[lasts] = True
        return np.repeat(of_segment, self.lengths)

    def segment_in_row(self) -> np.ndarray:
        firsts = np.repeat(np.cumsum(self._counts) - self._counts, self._ends)
        return np.where(self.is_padding(), -1, self.segment_of() - firsts).astype(np.int32)

    def labels(self) -> np.ndarray:
        labels = np.where(self.is_padding(), IGNORED, self.ids)
        labels[self.cu_seqlens[:-1][self.lengths > 0]] = IGNORED
        if any(row.loss_mask is not None for row in self._rows):
            masks = [
                np.ones(end, np.int8) if row.loss_mask is None else row.loss_mask[:end] for row, end in zip(self._rows, self._ends)
            ]
            labels[self._join(masks, np.int8) == 0] = IGNORED
        return labels

    def doc_ids(self) -> list[list[str | None]]:
        return [[*row.doc_ids(), None] if padded else [*row.doc_ids()] for row, padded in zip(self._rows, self._padded)]


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))


def _block_mask(segments: torch.Tensor, causal: bool, dtype: torch.dtype) -> torch.Tensor:
    sees = segments[:, None, :, None] == segments[:, None, None, :]
    if causal:
        sees &= torch.ones(sees.shape[-2:], dtype=torch.bool).tril()
    if dtype == torch.bool:
        return sees
    if not dtype.is_floating_point:
        raise VarlenError(f"a mask of {dtype} is none; give torch.bool, a floating-point type or None")
    return torch.zeros(sees.shape, dtype=dtype).masked_fill_(~sees, torch.finfo(dtype).min)


# ---- the dataset


class PackedDataset(IterableDataset):
    """The rows of a packed dataset, straight from its Parquet files, in their share of a rank.

    Over all ranks, each with any number of DataLoader workers, an epoch has every row exactly once; with ``drop_last`` the rows left out
    are counted in :attr:`dropped_rows` and told in the log. Rows are dealt out in whole batches of ``batch_size``: a rank gets
    neighbouring ones, so that it reads its share of the files alone, and its workers take turns at them. So the order in which a rank
    gets its rows does not depend on the number of workers.

    Parameters
    ----------
    path : str or os.PathLike
        The folder that ``pack`` wrote, or its URI. Without a manifest it is refused.
    rank, world_size : int, optional
        Which share of how many. By default those of ``torch.distributed``, else of the environment (``RANK``, ``WORLD_SIZE``), else 0 of
        1. A trainer that deals out a loader's batches itself needs 0 of 1.
    shuffle : bool, default False
        Whether each epoch has an order of its own: parts change places, and so do the rows in each. It follows from `seed` and epoch
        alone, on any machine.
    seed : int, default 0
        Of the order.
    batch_size : int, default 1
        The ``batch_size`` of the DataLoader. With it there is at most one incomplete batch in the whole epoch, and
        ``state_dict(steps)`` can tell where a plain DataLoader with workers was.
    drop_last : bool, default False
        Whether all ranks get the same number of batches, all complete. Fewer than ``world_size * batch_size`` rows are then left out of an
        epoch, with ``shuffle`` others each time.
    segments : bool, default False
        Whether rows have ``segments``, where each comes from; ``doc_ids`` need them.
    verify : bool, default False
        Whether each row is compared with its checksum.

    Attributes
    ----------
    seq_len, pad_id : int
        Slots of a row, and the id in those that hold no token.
    digest : str
        The dataset's, of its manifest.
    rows : int
        Of the whole dataset.
    dropped_rows : int
        Rows of the whole dataset that an epoch leaves out.
    steps : int
        Batches of this rank in an epoch.

    Raises
    ------
    VarlenError
        If the folder is not a packed dataset, parts are missing, or arguments are not as they must be; while rows are read, if a part is
        damaged.

    Notes
    -----
    A row is a dict: ``row_id`` (int), ``input_ids`` (int32 array, [seq_len]), ``n_tokens`` (int), ``cu_seqlens`` (int32 array),
    ``loss_mask`` (int8 array, [seq_len]) where the dataset has one, and ``segments`` (list of dict) where asked for.

    In memory is what one reads at a time: a row group (up to 64 MB), with ``shuffle`` a whole part (of the order of 100 MB).

    Examples
    --------
    ::

        rows = PackedDataset("packed/", shuffle=True, seed=1, batch_size=8)
        loader = DataLoader(rows, batch_size=8, num_workers=2, collate_fn=partial(collate, labels=True))
        for epoch in range(3):
            rows.set_epoch(epoch)
            for batch in loader:
                ...
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rank: int | None = None,
        world_size: int | None = None,
        shuffle: bool = False,
        seed: int = 0,
        batch_size: int = 1,
        drop_last: bool = False,
        segments: bool = False,
        verify: bool = False,
    ) -> None:
        super().__init__()
        self.rank, self.world_size = _rank(rank, world_size)
        if batch_size < 1:
            raise VarlenError(f"batch_size is {batch_size}; it must be at least 1")
        self._folder = PackedFolder(path)
        self._shuffle, self._seed, self._batch_size, self._drop_last = shuffle, seed, batch_size, drop_last
        self._segments, self._verify = segments, verify
        # shared with workers, which are copies made for each epoch or live on: the epoch, and whether the latest iterator is one of theirs
        self._shared = torch.zeros(2, dtype=torch.int64).share_memory_()
        # likewise, so that only one epoch goes on from a state that was loaded: among how many workers each has, 0 while it has not
        self._resumed = torch.zeros(_MOST_WORKERS, dtype=torch.int64).share_memory_()
        self._resume: _Position | None = None
        self._position: _Position | None = None

        rows, share = self._folder.rows, self.world_size * batch_size
        batches = rows // share * self.world_size if drop_last else -(-rows // batch_size)
        self._first, last = batches * self.rank // self.world_size, batches * (self.rank + 1) // self.world_size
        self.steps = last - self._first
        self.seq_len, self.pad_id, self.digest, self.rows = self._folder.seq_len, self._folder.pad_id, self._folder.digest, rows
        self.dropped_rows = rows - batches * batch_size if drop_last else 0
        self._end = min(last * batch_size, rows)
        if self.rank == 0:
            self._tell(batches)

    def _tell(self, batches: int) -> None:
        what = f"{self._folder.path} (rows: {self.rows}, ranks: {self.world_size}, batch size: {self._batch_size})"
        if self.dropped_rows:
            _LOG.warning("%s: rows left out of each epoch, so that all ranks have %d batches: %d", what, self.steps, self.dropped_rows)
        elif batches % self.world_size:
            most = -(-batches // self.world_size)
            _LOG.warning("%s: some ranks have %d batches, others %d; drop_last=True makes them equal", what, most, most - 1)

    def __len__(self) -> int:
        """How many rows this rank has in an epoch, all its workers together."""
        return self._end - self._first * self._batch_size

    @property
    def epoch(self) -> int:
        """The epoch that the next iterator is of."""
        return int(self._shared[0])

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch, which changes the order of `shuffle`, for iterators that are made from now on, those of persistent workers too.

        A state of another epoch that was loaded, but not gone on from yet, is dropped.
        """
        if self._resume is not None and self._resume.epoch != epoch:
            self._resume = None
        self._shared[0] = epoch

    def state_dict(self, steps: int | None = None) -> dict[str, Any]:
        """Where the latest iterator is, to go on from there.

        ``torchdata.stateful_dataloader.StatefulDataLoader`` asks for it in each of its workers. A plain DataLoader without workers needs
        no more than this either; with workers, which read ahead, nobody but the training loop knows how far it is, so it says.

        Parameters
        ----------
        steps : int, optional
            Batches of `batch_size` that this rank has taken in this epoch, counted from the epoch's start.

        Returns
        -------
        dict
            Numbers and strings, which any checkpoint can hold. Ranks that are level have the same.

        Raises
        ------
        VarlenError
            If `steps` is more than there are; or is left out where only workers read, and the state is not asked of one.
        """
        if steps is not None:
            if not 0 <= steps <= self.steps:
                raise VarlenError(f"steps is {steps}, but this rank has {self.steps} batches in an epoch")
            at = _Position(self.epoch, min(steps * self._batch_size, len(self)))
        elif self._shared[1] and get_worker_info() is None:
            raise VarlenError(
                "the rows are read by workers, which read ahead; give state_dict the steps that were taken, or use torchdata's StatefulDataLoader"
            )
        else:
            at = self._position or self._resume or _Position(self.epoch, 0)
        return {**self._identity(), **at.state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Makes the next iterator go on where the one of `state` was, in its epoch; those after it begin at the start.

        Parameters
        ----------
        state : mapping
            Of :meth:`state_dict`, of a dataset with the same content, order, ranks and `batch_size`. The number of workers may be another,
            unless the state is of one of several workers.

        Raises
        ------
        VarlenError
            If the state is of another dataset or way of reading.
        """
        for name, ours in self._identity().items():
            if name not in state:
                raise VarlenError(f"the state has no {name}; it is not of a PackedDataset")
            if state[name] != ours:
                raise VarlenError(f"the state is of {name} {state[name]}, but this is {name} {ours}")
        self._resume = _Position.of(state)
        self._position = None
        worker = get_worker_info()
        if worker is None:
            self._resumed.zero_()
            self._shared[1] = False
        else:
            self._resumed[worker.id] = 0
        self._shared[0] = self._resume.epoch

    def _identity(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "shuffle": self._shuffle,
            "seed": self._seed,
            "world_size": self.world_size,
            "batch_size": self._batch_size,
            "drop_last": self._drop_last,
        }

    def __iter__(self) -> Iterator[dict[str, Any]]:
        worker = get_worker_info()
        here = (0, 1) if worker is None else (worker.id, worker.num_workers)
        resume, self._resume = self._resume, None
        if resume is None or self._is_used(worker):
            resume = _Position(self.epoch, 0)
        elif worker is not None:
            self._resumed[worker.id] = worker.num_workers
        self._position = resume.among(*here)
        self._shared[1] = worker is not None
        return self._read(self._position)

    def _is_used(self, worker: Any) -> bool:
        """Whether workers have gone on from the loaded state already: this one, or others than it has beside it now."""
        if worker is None:
            return bool(self._resumed.any())
        return bool(self._resumed[worker.id] or ((self._resumed != 0) & (self._resumed != worker.num_workers)).any())

    def _read(self, at: _Position) -> Iterator[dict[str, Any]]:
        for part, wanted in self._shares(at):
            for row in self._folder.read(
                part, wanted, at_once=self._shuffle, segments=self._segments, verify=self._verify
            ):
                at.given += 1
                yield row

    def _shares(self, at: _Position) -> Iterator[tuple[Part, np.ndarray]]:
        """The parts that this worker reads of, each with the indices of the rows that are still to come."""
        parts, size = self._folder.parts, self._batch_size
        start, skip = self._first * size + at.rows, at.given
        begin = 0
        for index in self._order(len(parts), at.epoch, "parts").tolist():
            rows = parts[index].rows
            places = np.arange(max(begin, start), min(begin + rows, self._end))
            mine = places[(places - start) // size % at.workers == at.worker]
            left = mine[skip:]
            skip -= len(mine) - len(left)
            if len(left):
                yield parts[index], self._order(rows, at.epoch, parts[index].file)[left - begin]
            begin += rows

    def _order(self, n: int, epoch: int, of: str) -> np.ndarray:
        """0 to n - 1, shuffled if it is to be: by a hash of each, which no version of NumPy changes."""
        places = np.arange(n)
        if not self._shuffle:
            return places
        key = hashlib.sha256(f"{self._seed} {epoch} {of}".encode()).digest()
        # splitmix64
        mixed = np.frombuffer(key[:8], "<u8") + places.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.argsort(mixed ^ (mixed >> np.uint64(31)), kind="stable")


class _Position:
    """How far a rank, or one of its workers, is in an epoch."""

    def __init__(self, epoch: int, rows: int, worker: int = 0, workers: int = 1, given: int = 0) -> None:
        self.epoch = epoch
        # of the rank's rows those that are done with, and how many of the others this worker has given since
        self.rows = rows
        self.worker, self.workers, self.given = worker, workers, given

    @staticmethod
    def of(state: Mapping[str, Any]) -> _Position:
        try:
            return _Position(*(int(state[name]) for name in ("epoch", "rows", "worker", "workers", "given")))
        except (KeyError, TypeError, ValueError) as e:
            raise VarlenError(f"the state is not of a PackedDataset ({type(e).__name__}: {e})") from None

    def state(self) -> dict[str, int]:
        if self.workers == 1:
            return {"epoch": self.epoch, "rows": self.rows + self.given, "worker": 0, "workers": 1, "given": 0}
        return {"epoch": self.epoch, "rows": self.rows, "worker": self.worker, "workers": self.workers, "given": self.given}

    def among(self, worker: int, workers: int) -> _Position:
        """The same place as that of one of so many workers."""
        if self.given and (self.worker, self.workers) != (worker, workers):
            raise VarlenError(
                f"the state is of worker {self.worker} of {self.workers}, but this is worker {worker} of {workers}; resume with"
                f" {self.workers} workers"
            )
        return _Position(self.epoch, self.rows, worker, workers, self.given)


def _rank(rank: int | None, world_size: int | None) -> tuple[int, int]:
    if (rank is None) != (world_size is None):
        raise VarlenError("rank and world_size go together; give both or neither")
    if rank is None or world_size is None:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        else:
            rank, world_size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if not 0 <= rank < world_size:
        raise VarlenError(f"rank is {rank} of world_size {world_size}; it must be from 0 to {world_size - 1}")
    return rank, world_size
