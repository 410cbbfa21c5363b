"""Masks as they are computed with: which keys each query sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spark_varlen.classic import one_line_errors
from spark_varlen import classic
from spark_varlen.errors import VarlenError
from spark_varlen.java_errors import one_line_errors
from spark_varlen.session import is_connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["mask_intervals"]

_HEAD_SIZE = 64
_MOST_PAIRS = 1 << 20

# Scores of zero give each key that a query sees the same weight; values are rows of the identity matrix, one head after the other. So a
# query's output is not zero for the keys that it sees. Exploded, because Spark would work out the call for each query anew otherwise.
_QUERY = """
SELECT transform(seen, s -> int(array_position(s, true))) AS first, transform(seen, s -> size(filter(s, x -> x))) AS keys FROM (
  SELECT explode(array(transform(sequence(0, {queries} - 1), q -> transform(slice(o, q * {width} + 1, {keys}), w -> w > 0)))) AS seen FROM (
    SELECT explode(array(varlen_attention(
      array_repeat(0f, {queries} * {width}), array_repeat(0f, {keys} * {width}),
      transform(sequence(0, {keys} * {width} - 1), i -> if(i div {width} = i % {width}, 1f, 0f)),
      array({cu_seqlens}), {heads}, {heads}, :mask, '', array({cu_seqlens_k})))) AS o))
"""


def mask_intervals(
    spark: SparkSession, mask: str, cu_seqlens: Sequence[int], cu_seqlens_k: Sequence[int] | None = None
) -> list[tuple[int, int]]:
    """Which keys each query sees: asked of the attention that computes with the mask, in one query.

    Every mask that has a text lets a query see one interval of keys; neither of its ends ever decreases from a query to the next.

    Parameters
    ----------
    spark : SparkSession
        With spark-varlen's SQL functions; of Spark Connect, too.
    mask : str
        ``full``, ``causal``, ``sliding_window(left, right)``, ``chunked(size)``, ``prefix(length)``, or several joined by ``&``.
    cu_seqlens : sequence of int
        Where sequences begin and end, ``[0, …, T]``: what a document mask would tell apart.
    cu_seqlens_k : sequence of int, optional
        The same of the keys, ``[0, …, S]``, where they are others.

    Returns
    -------
    list of (int, int)
        For each of T queries the first key that it sees and the one behind the last, counted in the packed axis; ``(0, 0)`` where it sees none.

    Raises
    ------
    VarlenError
        If there is no such mask, boundaries do not begin with 0 or decrease, or there are more than 2^20 pairs of a query and a key.

    Examples
    --------
    >>> sv.mask_intervals(spark, "causal", [0, 2, 4])
    [(0, 1), (0, 2), (2, 3), (2, 4)]
    """
    cu_seqlens = _boundaries("cu_seqlens", cu_seqlens)
    cu_seqlens_k = cu_seqlens if cu_seqlens_k is None else _boundaries("cu_seqlens_k", cu_seqlens_k)
    queries, keys = cu_seqlens[-1], cu_seqlens_k[-1]
    if not queries or not keys:
        return [(0, 0)] * queries
    if queries * keys > _MOST_PAIRS:
        raise VarlenError(f"mask_intervals is asked for {queries} x {keys} pairs of a query and a key; it takes {_MOST_PAIRS}")
    heads = -(-keys // _HEAD_SIZE)
    query = _QUERY.format(
        queries=queries,
        keys=keys,
        heads=heads,
        width=heads * _HEAD_SIZE,
        cu_seqlens=", ".join(map(str, cu_seqlens)),
        cu_seqlens_k=", ".join(map(str, cu_seqlens_k)),
    )
    if not is_connect(spark):
        classic.require_java_side(spark)
    with one_line_errors():
        row = spark.sql(query, args={"mask": mask}).first()
    return [(max(first - 1, 0), max(first - 1, 0) + count) for first, count in zip(row["first"], row["keys"])]


def _boundaries(name: str, given: Sequence[int]) -> list[int]:
    ends = [int(end) for end in given]
    if not ends or ends[0] != 0 or any(b < a for a, b in zip(ends, ends[1:])):
        raise VarlenError(f"{name} is {ends}; it begins with 0 and never decreases")
    return ends
