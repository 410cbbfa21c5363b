"""How far a job is, in a notebook. On a terminal Spark shows its own progress, which a notebook has no place for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["in_notebook", "shown_progress"]

_SECONDS_BETWEEN_LOOKS = 0.5


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    return "ipykernel" in sys.modules


@contextmanager
def shown_progress(job: str, jvm: Any) -> Iterator[Any]:
    """While a job runs within: one line on standard error that is drawn anew, and the job's notes.

    Yields
    ------
    JavaObject or None
        What the job tells its progress to; None where there is no notebook.
    """
    if not in_notebook():
        yield None
        return
    board = jvm.io.varlen.spark.python.ProgressBoard()
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(job, board, ended), name="varlen-progress", daemon=True)
    watcher.start()
    try:
        yield board
    finally:
        ended.set()
        watcher.join()


def _watch(job: str, board: Any, ended: threading.Event) -> None:
    shown = ""
    last = False
    while not last:
        last = ended.wait(_SECONDS_BETWEEN_LOOKS)
        notes, line = board.takeNotes(), board.line()
        if notes:
            print("\r" + " " * len(shown) + "\r" + notes, file=sys.stderr)
            shown = ""
        if line and line != shown:
            print("\r" + f"{job}: {line}".ljust(len(shown)), end="", file=sys.stderr, flush=True)
            shown = f"{job}: {line}"
    if shown:
        print(file=sys.stderr)
