"""Options: the names of the command line in Python's spelling."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from spark_varlen.errors import VarlenError

__all__ = ["HYPHENATED", "as_text", "check_known"]

#: Options of all jobs by the command line's names, as far as Python spells them in another way.
HYPHENATED = (
    "bad-records", "completion-column", "id-column", "ids-column", "limit-tokens", "mask-column", "max-documents-per-row",
    "max-length", "max-squared-length", "model-jar", "pad-id", "pad-to-multiple", "prompt-column", "prompt-name", "seq-len",
    "special-tokens", "split-masked", "text-column",
)  # fmt: skip


def check_known(operation: str, unknown: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse options that do not exist.

    Parameters
    ----------
    operation : str
        The function that was called.
    unknown : mapping
        What it was called with and does not know.
    known : collection of str
        The options that there are.

    Raises
    ------
    VarlenError
        Naming the nearest option that there is.
    """
    for name in unknown:
        spelling = name.replace("-", "_").lower()
        near = difflib.get_close_matches(spelling, known, n=1, cutoff=0.0)
        raise VarlenError(f"{operation} has no option '{name}'; did you mean {near[0]}?")


def as_text(given: Mapping[str, Any]) -> dict[str, str]:
    """Options as the Java side takes them: by the command line's names, None left out.

    Parameters
    ----------
    given : mapping
        By their names in Python. A flag is a bool; several names are a list or tuple of str.

    Returns
    -------
    dict of str to str
    """
    return {name.replace("_", "-"): _text(name, value) for name, value in given.items() if value is not None}


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)) and all(isinstance(one, (str, int)) for one in value):
        return ",".join(str(one) for one in value)
    if isinstance(value, (str, int)):
        return str(value)
    if hasattr(value, "__fspath__"):
        return str(value)
    raise VarlenError(f"{name} is {value!r}, a {type(value).__name__}; it must be text, a whole number, a bool or a list of names")
