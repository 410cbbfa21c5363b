"""The files of a packed dataset, read with pyarrow: manifest, parts, rows. Needs neither Spark nor PyTorch."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from pyarrow import fs

from spark_varlen.errors import VarlenError

FORMAT = 1
MANIFEST = "_varlen/manifest.json"


@dataclass(frozen=True)
class Part:
    """A Parquet file of the dataset, as the manifest names it."""

    file: str
    rows: int
    bytes: int


class PackedFolder:
    """A packed dataset as its manifest has it: only what the manifest names belongs to it.

    Parameters
    ----------
    path : str or os.PathLike
        The folder, or its URI (``file:``, ``s3:``, ``hdfs:`` and what else `pyarrow.fs` knows).

    Raises
    ------
    VarlenError
        If the folder is not a packed dataset, or a part is missing or cut short.
    """

    def __init__(self, path: Any) -> None:
        self.path = os.fspath(path)
        self._files, self._root = _filesystem(self.path)
        manifest = self._manifest()
        packing = manifest["packing"]
        self.seq_len: int = packing["seq_len"]
        self.pad_id: int = packing["pad_id"]
        self.digest: str = packing["digest"]
        self.loss_mask: bool = packing["loss_mask"]
        self.parts = [Part(part["file"], part["rows"], part["bytes"]) for part in manifest["parts"]]
        self.rows = sum(part.rows for part in self.parts)
        self._require_parts()

    def _manifest(self) -> dict[str, Any]:
        where = f"{self._root}/{MANIFEST}"
        root, manifest = self._files.get_file_info([self._root, where])
        if manifest.type != fs.FileType.File:
            missing = f"it has no {MANIFEST}" if root.type != fs.FileType.NotFound else "it does not exist"
            raise VarlenError(f"{self.path} is not a packed dataset: {missing}")
        with self._files.open_input_stream(where) as stream:
            text = stream.read()
        try:
            found = json.loads(text)
        except ValueError as e:
            raise VarlenError(f"{where} is no manifest ({e})") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            other = found.get("format") if isinstance(found, dict) else None
            raise VarlenError(f"{where} has format {other}; this version reads format {FORMAT}")
        if found.get("packing") is None:
            command = found.get("fingerprint", {}).get("command")
            raise VarlenError(f"{self.path} is not a packed dataset: it is the output of {command}")
        return found

    def _require_parts(self) -> None:
        found = self._files.get_file_info([self._path_of(part) for part in self.parts])
        for part, info in zip(self.parts, found):
            if info.type != fs.FileType.File:
                raise VarlenError(f"{self.path} is damaged: {part.file} is missing; varlen verify lists all damage")
            if info.size != part.bytes:
                raise VarlenError(
                    f"{self.path} is damaged: {part.file} has {info.size} bytes instead of {part.bytes}; "
                    "varlen verify lists all damage"
                )

    def _path_of(self, part: Part) -> str:
        return f"{self._root}/{part.file}"

    def read(
        self, part: Part, wanted: np.ndarray, *, at_once: bool, segments: bool, verify: bool
    ) -> Iterator[dict[str, Any]]:
        """Yields rows of a part.

        Parameters
        ----------
        part : Part
            Which part.
        wanted : numpy.ndarray of int64, shape [rows]
            Indices of rows in the part, in the order to be given.
        at_once : bool
            Whether all row groups are decoded before the first row is given, as any order of `wanted` asks for; else one
            after the other, and `wanted` must ascend.
        segments : bool
            Whether rows have ``segments``.
        verify : bool
            Whether each row is compared with its checksum.
        """
        columns = ["row_id", "input_ids", "n_tokens", "cu_seqlens"]
        columns += ["loss_mask"] if self.loss_mask else []
        columns += ["segments"] if segments or verify else []
        columns += ["checksum"] if verify else []
        with self._files.open_input_file(self._path_of(part)) as source:
            try:
                file = parquet.ParquetFile(source)
                counts = [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)]
                if sum(counts) != part.rows:
                    raise ValueError(f"it has {sum(counts)} rows instead of {part.rows}")
                ends = np.cumsum(counts)
                group_of = np.searchsorted(ends, wanted, side="right")
                groups = np.unique(group_of)
                for block in [groups] if at_once else np.split(groups, len(groups)):
                    table = file.read_row_groups(block.tolist(), columns=columns, use_threads=False)
                    rows = _Rows(table, self.seq_len)
                    # where each row group starts, in the part less where in the table
                    kept = np.array(counts)[block]
                    shift = (ends - counts)[block] - (np.cumsum(kept) - kept)
                    mine = np.isin(group_of, block)
                    local = wanted[mine] - shift[np.searchsorted(block, group_of[mine])]
                    for i in local.tolist():
                        row = rows.row(i)
                        if verify:
                            _verify(row, row.pop("checksum"))
                            if not segments:
                                del row["segments"]
                        yield row
            except (ValueError, KeyError, pa.ArrowException, OSError) as e:
                reason = str(e).splitlines()[0] if str(e) else type(e).__name__
                raise VarlenError(
                    f"{self.path} is damaged: {part.file}: {reason}; varlen verify lists all damage"
                ) from None


class _Rows:
    """Columns of a table of rows, as arrays."""

    def __init__(self, table: pa.Table, seq_len: int) -> None:
        self._table = table
        self._row_ids = table.column("row_id").to_numpy()
        n_tokens = table.column("n_tokens").to_numpy()
        self._ids = self._of_seq_len("input_ids", seq_len)
        self._loss_mask = self._of_seq_len("loss_mask", seq_len) if "loss_mask" in table.column_names else None
        self._bounds, self._bound_at = _lists(table.column("cu_seqlens"))
        self._checksums = table.column("checksum").to_numpy() if "checksum" in table.column_names else None
        self._n_tokens = n_tokens
        bad = self._misfits(n_tokens, seq_len)
        if bad.any():
            row = int(np.argmax(bad))
            found = self._bounds[self._bound_at[row] : self._bound_at[row + 1]]
            raise ValueError(f"row {self._row_ids[row]} has cu_seqlens {found.tolist()[-3:]} at its end for {n_tokens[row]} tokens")

    def _of_seq_len(self, column: str, seq_len: int) -> np.ndarray:
        values, at = _lists(self._table.column(column))
        lengths = np.diff(at)
        if (lengths != seq_len).any():
            row = int(np.argmax(lengths != seq_len))
            raise ValueError(f"row {self._row_ids[row]} has {lengths[row]} {column} instead of {seq_len}")
        return values.reshape(-1, seq_len)

    def _misfits(self, n_tokens: np.ndarray, seq_len: int) -> np.ndarray:
        """Which rows have cu_seqlens that do not lead from 0 to n_tokens in strictly increasing steps."""
        bounds, at = self._bounds, self._bound_at
        bad = (np.diff(at) < 2) | (n_tokens < 1) | (n_tokens > seq_len)
        if bad.any():
            return bad
        bad |= (bounds[at[:-1]] != 0) | (bounds[at[1:] - 1] != n_tokens)
        falls = np.diff(bounds) <= 0
        falls[at[1:-1] - 1] = False
        bad[np.searchsorted(at, np.flatnonzero(falls), side="right") - 1] = True
        return bad

    def row(self, i: int) -> dict[str, Any]:
        row = {
            "row_id": int(self._row_ids[i]),
            # Arrow's memory is read-only, and would be kept as long as one row of it is
            "input_ids": self._ids[i].copy(),
            "n_tokens": int(self._n_tokens[i]),
            "cu_seqlens": self._bounds[self._bound_at[i] : self._bound_at[i + 1]].copy(),
        }
        if self._loss_mask is not None:
            row["loss_mask"] = self._loss_mask[i].copy()
        if "segments" in self._table.column_names:
            row["segments"] = self._table.column("segments")[i].as_py()
        if self._checksums is not None:
            row["checksum"] = int(self._checksums[i])
        return row


def row_hash(row: dict[str, Any]) -> bytes:
    """The row hash of the format: SHA-256 over a row's real tokens, where they come from, and its loss mask.

    Parameters
    ----------
    row : dict
        With ``input_ids``, ``n_tokens``, ``segments`` and, where the dataset has one, ``loss_mask``.

    Returns
    -------
    bytes
        32 bytes, of which the first 8, big-endian and signed, are the row's checksum.
    """
    n_tokens = row["n_tokens"]
    sha = hashlib.sha256(struct.pack("<i", n_tokens))
    sha.update(np.ascontiguousarray(row["input_ids"][:n_tokens], dtype="<i4").tobytes())
    for segment in row["segments"]:
        doc_id = segment["doc_id"].encode("utf-8")
        sha.update(struct.pack("<i", len(doc_id)) + doc_id)
        sha.update(struct.pack("<iqi", segment["chunk"], segment["token_start"], segment["token_count"]))
    if row.get("loss_mask") is not None:
        sha.update(np.ascontiguousarray(row["loss_mask"], dtype=np.int8).tobytes())
    return sha.digest()


def _verify(row: dict[str, Any], checksum: int) -> None:
    if int.from_bytes(row_hash(row)[:8], "big", signed=True) != checksum:
        raise ValueError(f"row {row['row_id']} is not what its checksum says")


def _lists(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The values of a column of lists, end to end, and where each list begins in them, the last end behind."""
    arrays = [chunk for chunk in column.chunks if len(chunk)]
    if any(array.null_count for array in arrays):
        raise ValueError("a list is null")
    values: list[np.ndarray] = [array.flatten().to_numpy() for array in arrays]
    lengths = [np.diff(array.offsets.to_numpy()) for array in arrays]
    at = np.zeros(len(column) + 1, np.int64)
    if arrays:
        np.cumsum(np.concatenate(lengths), out=at[1:])
    if len(values) == 1:
        return values[0], at
    return np.concatenate(values) if values else np.zeros(0, np.int32), at


def _filesystem(path: str) -> tuple[fs.FileSystem, str]:
    # one letter and a colon is a drive
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", path):
        files, root = fs.FileSystem.from_uri(re.sub(r"^file:/(?!/)", "file:///", path))
    else:
        files, root = fs.LocalFileSystem(), os.path.abspath(path)
    return files, root.rstrip("/") or "/"
