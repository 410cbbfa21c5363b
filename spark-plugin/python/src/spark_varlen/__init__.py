"""Packed sequences and variable-length attention on Apache Spark.

:func:`configure` prepares a session; :func:`tokenize`, :func:`embed` and :func:`score` add columns to a DataFrame; :func:`pack` and
:func:`attend` make rows of all documents together; :func:`read` reads what a job wrote. What is wrong is a :class:`VarlenError` of one line.
"""

from spark_varlen.errors import VarlenError
from spark_varlen.operations import attend, embed, pack, read, score, tokenize
from spark_varlen.session import BUILTIN_MODEL, configure, jar

__all__ = ["BUILTIN_MODEL", "VarlenError", "attend", "configure", "embed", "jar", "pack", "read", "score", "tokenize"]
