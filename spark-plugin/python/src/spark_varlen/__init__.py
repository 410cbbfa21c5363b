"""Packed sequences and variable-length attention on Apache Spark, from DataFrame to DataFrame.

:func:`configure` prepares a session. :func:`tokenize`, :func:`embed` and :func:`score` add columns; :func:`pack` and :func:`attend` make
rows of all documents together; :func:`read` reads what a job wrote; :func:`plan`, :func:`verify` and :func:`explain` tell what packing
would give, whether a packed dataset is sound, and what a query computes with; :func:`mask_intervals` tells what a mask lets each query
see. What is wrong is a :class:`VarlenError` of one line.

All of it is the same on classic PySpark and over Spark Connect.
"""

from spark_varlen.errors import VarlenError
from spark_varlen.masks import mask_intervals
from spark_varlen.operations import attend, embed, explain, pack, plan, read, score, tokenize, verify
from spark_varlen.session import BUILTIN_MODEL, configure, jar
from spark_varlen.verification import Verification

__all__ = [
    "BUILTIN_MODEL",
    "VarlenError",
    "Verification",
    "attend",
    "configure",
    "embed",
    "explain",
    "jar",
    "mask_intervals",
    "pack",
    "plan",
    "read",
    "score",
    "tokenize",
    "verify",
]
