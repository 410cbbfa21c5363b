"""What goes wrong, in one line."""

__all__ = ["VarlenError"]


class VarlenError(ValueError):
    """Input, options or an installation are not as they must be.

    The message is one line that says what is wrong, where, and what would be right. Queries over lazy results raise it, too,
    on classic PySpark; over Spark Connect they raise PySpark's own error, whose message has that line.
    """
