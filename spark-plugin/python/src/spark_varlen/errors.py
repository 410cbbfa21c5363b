"""What goes wrong, in one line."""

from __future__ import annotations

import re

__all__ = ["VarlenError"]

_QUOTED = re.compile(r"io\.varlen\.InvalidInputException: ([^\r\n]*)")


class VarlenError(ValueError):
    """Input, options or an installation are not as they must be.

    The message is one line that says what is wrong, where, and what would be right.
    """


def quoted_line(text: str) -> str | None:
    """The message of our Java exception in a text that quotes it, as Spark's errors do.

    Parameters
    ----------
    text : str
        A stack trace, or the message of an error of Spark Connect.

    Returns
    -------
    str or None
        One line; None where the text quotes no error of ours.
    """
    found = _QUOTED.search(text)
    return found.group(1).strip() if found else None


def last_cause(text: str) -> str:
    """The line of a Java stack trace that says what happened first: the last of its causes."""
    lines = text.strip().splitlines() or ["no message"]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return causes[-1][len("Caused by: ") :].strip() if causes else lines[0].strip()
