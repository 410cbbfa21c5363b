"""What masks let queries see, beside their definitions."""

from __future__ import annotations

import random
from typing import Any

import pytest

import spark_varlen as sv

UNLIMITED = -1


def causal(q: int, k: int) -> bool:
    return k <= q


def window(left: int, right: int) -> Any:
    return lambda q, k: (left == UNLIMITED or k >= q - left) and (right == UNLIMITED or k <= q + right)


def chunked(size: int) -> Any:
    return lambda q, k: q // size == k // size


def prefix(length: int) -> Any:
    return lambda q, k: k <= q or k < length


MASKS = {
    "full": lambda q, k: True,
    "causal": causal,
    "sliding_window(3, 0)": window(3, 0),
    "sliding_window(-1, 2)": window(UNLIMITED, 2),
    "chunked(4)": chunked(4),
    "prefix(5)": prefix(5),
    "causal & chunked(4)": lambda q, k: causal(q, k) and chunked(4)(q, k),
    "chunked(4) & sliding_window(2, 2)": lambda q, k: chunked(4)(q, k) and window(2, 2)(q, k),
}


def expected(sees: Any, cu_seqlens: list[int]) -> list[tuple[int, int]]:
    """By the definition, pair by pair, sequence by sequence."""
    intervals = []
    for start, end in zip(cu_seqlens, cu_seqlens[1:]):
        for q in range(end - start):
            seen = [k for k in range(end - start) if sees(q, k)]
            intervals.append((start + seen[0], start + seen[-1] + 1))
    return intervals


@pytest.mark.parametrize("mask", MASKS)
def test_intervals_are_those_of_the_definition(spark: Any, mask: str) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    lengths = [random.Random(seed + i).randrange(40) for i in range(4)] + [1, 0, 70]
    cu_seqlens = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    assert sv.mask_intervals(spark, mask, cu_seqlens) == expected(MASKS[mask], cu_seqlens)


def test_keys_may_have_boundaries_of_their_own(spark: Any) -> None:
    # bottom-right: the last query stands at the last key
    assert sv.mask_intervals(spark, "causal", [0, 2, 4], [0, 3, 4]) == [(0, 2), (0, 3), (0, 0), (3, 4)]
    assert sv.mask_intervals(spark, "full", [0, 2], [0, 0]) == [(0, 0), (0, 0)]
    assert sv.mask_intervals(spark, "full", [0, 0]) == []


def test_what_is_wrong_is_told_in_one_line(spark: Any) -> None:
    with pytest.raises(sv.VarlenError, match="begins with 0 and never decreases"):
        sv.mask_intervals(spark, "full", [1, 2])
    with pytest.raises(sv.VarlenError, match="never decreases"):
        sv.mask_intervals(spark, "full", [0, 3, 2])
    with pytest.raises(sv.VarlenError, match="1048576"):
        sv.mask_intervals(spark, "full", [0, 1025])
    with pytest.raises(sv.VarlenError, match="masks are full, causal") as refused:
        sv.mask_intervals(spark, "casual", [0, 2])
    assert "\n" not in str(refused.value)
