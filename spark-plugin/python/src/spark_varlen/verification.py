"""What :func:`spark_varlen.verify` has found."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Verification"]


@dataclass(frozen=True)
class Verification:
    """What is in a packed dataset, and what is wrong with it. It is true if nothing is.

    Attributes
    ----------
    path : str
        Its folder.
    damaged : int
        How many findings there are; 0 if the dataset is sound.
    findings : tuple of str
        The first ones, each a line: where, then what.
    rows, seq_len, packed_documents, segments, packed_tokens, padding_tokens : int
        As counted.
    digest : str
        As computed from the rows.
    parts : int
        How many files there are.
    seconds : float
        What it took.
    tokens_per_second : int
        How fast it was.
    """

    path: str
    damaged: int
    findings: tuple[str, ...]
    rows: int
    seq_len: int
    packed_documents: int
    segments: int
    packed_tokens: int
    padding_tokens: int
    digest: str
    parts: int
    seconds: float
    tokens_per_second: int

    def __bool__(self) -> bool:
        return self.damaged == 0

    def __str__(self) -> str:
        if self:
            rows = "1 row, it is sound" if self.rows == 1 else f"{self.rows:,} rows, every one is sound"
            return f"{self.path}: {rows}, digest {self.digest}"
        more = [f"and {self.damaged - len(self.findings):,} more"] if self.damaged > len(self.findings) else []
        return "\n".join([f"{self.path}: {self.damaged:,} findings", *self.findings, *more])
