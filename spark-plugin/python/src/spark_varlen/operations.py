"""What the jobs do, from DataFrame to DataFrame."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spark_varlen import classic, connect
from spark_varlen.errors import VarlenError
from spark_varlen.java_errors import one_line_errors
from spark_varlen.options import as_text, check_known
from spark_varlen.session import is_connect
from spark_varlen.verification import Verification

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["attend", "embed", "explain", "pack", "plan", "read", "score", "tokenize", "verify"]


def tokenize(
    df: DataFrame,
    tokenizer: str,
    *,
    text_column: str | None = None,
    special_tokens: str | None = None,
    bad_records: str | None = None,
    **unknown: Any,
) -> DataFrame:
    """Add ``input_ids``: the token ids of each text, as :func:`pack` lays them into rows.

    Parameters
    ----------
    df : DataFrame
        With a column of text: a string, or its UTF-8 as binary.
    tokenizer : str
        ``tiktoken:cl100k_base`` (or ``o200k_base``, ``p50k_base``, ``r50k_base``), or the path of a ``tokenizer.json`` or of a
        folder that holds one.
    text_column : str, default "text"
        The column of the text.
    special_tokens : {"document", "none"}, default "document"
        Whether the ids have the special tokens that ``encode(text)`` of Hugging Face adds; tiktoken has none.
    bad_records : {"fail", "quarantine"}, default "fail"
        Text that is none, such as invalid UTF-8, fails the query; or its ``input_ids`` are null and a column ``error`` says why.

    Returns
    -------
    DataFrame
        Every row with all of its columns and ``input_ids``, an array of int. Lazy.

    Raises
    ------
    VarlenError
        If columns, tokenizer or options are not as they must be.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> sv.tokenize(df, "tiktoken:cl100k_base").select("id", "input_ids").show(truncate=False)
    +---+-------------------------------------+
    |id |input_ids                            |
    +---+-------------------------------------+
    |a  |[791, 8415, 7731, 389, 279, 5634, 13]|
    |b  |[9201, 315, 8521, 3160, 13]          |
    +---+-------------------------------------+
    <BLANKLINE>
    """
    given = {"text_column": text_column, "special_tokens": special_tokens, "bad_records": bad_records}
    return _rows("tokenize", df, {"tokenizer": tokenizer}, given, unknown)


def embed(
    df: DataFrame,
    model: str,
    *,
    output: str | None = None,
    text_column: str | None = None,
    ids_column: str | None = None,
    special_tokens: str | None = None,
    id_column: str | None = None,
    max_length: int | None = None,
    long: str | None = None,
    prompt: str | None = None,
    prompt_name: str | None = None,
    dimensions: int | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    model_jar: str | None = None,
    bad_records: str | None = None,
    overwrite: bool | None = None,
    trace: int | None = None,
    **unknown: Any,
) -> DataFrame:
    """Add ``n_tokens``, ``truncated_tokens`` and ``embedding``; or, with ``output``, write one embedding per document.

    Parameters
    ----------
    df : DataFrame
        With a column of text, or of token ids.
    model : str
        A Hugging Face folder, or ``builtin:all-minilm-l6-v2`` (see :func:`configure`).
    output : str, optional
        A folder: the job then runs now and gives ``doc_id``, ``n_tokens``, ``truncated_tokens`` and ``embedding``, which stay there.
    text_column : str, default "text"
        The column of the text.
    ids_column : str, optional
        A column of token ids in place of text; without ``output`` only.
    special_tokens : {"document", "none"}, default "document"
        Where the special tokens of ``ids_column`` are; ``document`` is what :func:`tokenize` gives.
    id_column : str, default "id"
        The column of the document's id; with ``output`` only.
    max_length : int, optional
        The longest input that the model is given, in tokens; by default the model's own limit.
    long : {"truncate", "chunks"}, default "truncate"
        What becomes of longer documents.
    prompt, prompt_name : str, optional
        A text in front of each document, or the name of one of the model's prompts.
    dimensions : int, optional
        The first so many numbers of each vector, normalised anew.
    backend : {"auto", "cpu", "cuda"}, default "auto"
        What computes.
    dtype : {"fp32", "bf16", "fp16", "auto"}, default "fp32"
        In what matrix products multiply.
    model_jar : str, optional
        Where the jar of the built-in model is.
    bad_records : {"fail", "quarantine"}, default "fail"
        As of :func:`tokenize`; with ``output`` such records are listed in the folder.
    overwrite : bool, default False
        Replace what another job left in ``output``.
    trace : int, optional
        With ``output``: how many documents to trace.

    Returns
    -------
    DataFrame
        Every row with the new columns, lazily; or with ``output`` what the job wrote.

    Raises
    ------
    VarlenError
        If columns, model or options are not as they must be.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> sv.embed(df, sv.BUILTIN_MODEL, max_length=128).selectExpr("id", "n_tokens", "size(embedding) AS numbers").show()
    +---+--------+-------+
    | id|n_tokens|numbers|
    +---+--------+-------+
    |  a|       9|    384|
    |  b|       7|    384|
    +---+--------+-------+
    <BLANKLINE>
    """
    given = {
        "text_column": text_column,
        "ids_column": ids_column,
        "special_tokens": special_tokens,
        "id_column": id_column,
        "max_length": max_length,
        "long": long,
        "prompt": prompt,
        "prompt_name": prompt_name,
        "dimensions": dimensions,
        "backend": backend,
        "dtype": dtype,
        "model_jar": model_jar,
        "bad_records": bad_records,
        "trace": trace,
    }
    return _rows_or_folder("embed", df, {"model": model}, given, {"output": output, "overwrite": overwrite}, unknown)


def score(
    df: DataFrame,
    model: str,
    *,
    output: str | None = None,
    text_column: str | None = None,
    ids_column: str | None = None,
    special_tokens: str | None = None,
    id_column: str | None = None,
    max_length: int | None = None,
    stride: int | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    bad_records: str | None = None,
    overwrite: bool | None = None,
    trace: int | None = None,
    **unknown: Any,
) -> DataFrame:
    """Add ``n_tokens``, ``n_scored``, ``nll`` and ``perplexity`` under a causal language model.

    Parameters
    ----------
    df : DataFrame
        With a column of text, or of token ids.
    model : str
        The Hugging Face folder of a causal language model.
    output : str, optional
        A folder: the job then runs now and gives one row per document, which stay there.
    text_column : str, default "text"
        The column of the text.
    ids_column : str, optional
        A column of token ids in place of text; without ``output`` only.
    special_tokens : {"document", "none"}, default "document"
        Where the special tokens of ``ids_column`` are.
    id_column : str, default "id"
        The column of the document's id; with ``output`` only.
    max_length : int, optional
        The longest input that the model is given, in tokens.
    stride : int, optional
        How many tokens of left context every window after a document's first has.
    backend : {"auto", "cpu", "cuda"}, default "auto"
        What computes.
    dtype : {"fp32", "bf16", "fp16", "auto"}, default "fp32"
        In what matrix products multiply.
    bad_records : {"fail", "quarantine"}, default "fail"
        As of :func:`tokenize`.
    overwrite : bool, default False
        Replace what another job left in ``output``.
    trace : int, optional
        With ``output``: how many documents to trace.

    Returns
    -------
    DataFrame
        Every row with the new columns, lazily; or with ``output`` what the job wrote. ``nll`` is in nats, summed;
        ``perplexity`` is ``exp(nll / n_scored)``, null where nothing is scored.

    Raises
    ------
    VarlenError
        If columns, model or options are not as they must be.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> sv.score(df, "/no/such/model")
    Traceback (most recent call last):
    ...
    spark_varlen.errors.VarlenError: there is no model folder /no/such/model; it must be readable under this path on the driver and on every executor
    """
    given = {
        "text_column": text_column,
        "ids_column": ids_column,
        "special_tokens": special_tokens,
        "id_column": id_column,
        "max_length": max_length,
        "stride": stride,
        "backend": backend,
        "dtype": dtype,
        "bad_records": bad_records,
        "trace": trace,
    }
    return _rows_or_folder("score", df, {"model": model}, given, {"output": output, "overwrite": overwrite}, unknown)


def pack(
    df: DataFrame,
    tokenizer: str,
    seq_len: int,
    *,
    output: str | None = None,
    text_column: str | None = None,
    prompt_column: str | None = None,
    completion_column: str | None = None,
    ids_column: str | None = None,
    mask_column: str | None = None,
    split_masked: bool | None = None,
    id_column: str | None = None,
    strategy: str | None = None,
    overflow: str | None = None,
    pad_to_multiple: int | None = None,
    max_documents_per_row: int | None = None,
    max_squared_length: int | None = None,
    special_tokens: str | None = None,
    pad_id: int | None = None,
    seed: int | None = None,
    epoch: int | None = None,
    emit: str | Sequence[str] | None = None,
    bad_records: str | None = None,
    overwrite: bool | None = None,
    append: bool | None = None,
    **unknown: Any,
) -> DataFrame:
    """Pack documents, now, into rows of ``seq_len`` tokens that carry their boundaries.

    Parameters
    ----------
    df : DataFrame
        With unique ids and a column of text, of token ids, or prompt and completion.
    tokenizer : str
        As of :func:`tokenize`.
    seq_len : int
        How many tokens a row has.
    output : str, optional
        The folder of the packed dataset. On one machine it may be left out; then the folder goes with the JVM.
    text_column : str, default "text"
        The column of the text.
    prompt_column, completion_column : str, optional
        In place of text: two columns; only the completion is in the loss mask.
    ids_column, mask_column : str, optional
        In place of text: token ids with the special tokens that they shall have, and their loss mask.
    split_masked : bool, default False
        Split documents with a loss mask like any others.
    id_column : str, default "id"
        Unique ids, strings or whole numbers.
    strategy : {"bfd", "ffd", "wrapped", "sequential", "random_fit"}, default "bfd"
        Which documents share a row.
    overflow : str, default "split"
        What becomes of longer documents, e.g. ``"split"``, ``"split-overlap 16"``, ``"drop"``, ``"fail"``.
    pad_to_multiple : int, optional
        Room to pad each segment to a multiple of so many slots.
    max_documents_per_row : int, optional
        The most segments in a row.
    max_squared_length : int, optional
        The most that the squares of the lengths of a row's segments add up to.
    special_tokens : {"document", "chunk", "none"}, default "document"
        Where special tokens go; with ``ids_column`` the default is ``none``.
    pad_id : int, optional
        The id that fills rows; by default the tokenizer's.
    seed, epoch : int, optional
        How documents are mixed, and the n-th packing under that seed.
    emit : str or list of str, optional
        Derived columns as well: ``position_ids``, ``segment_ids``, ``attention_mask``, ``labels``.
    bad_records : {"fail", "quarantine"}, default "fail"
        What becomes of a record that is no document.
    overwrite : bool, default False
        Replace what another job left in ``output``.
    append : bool, default False
        Add the documents to the packed dataset in ``output``, in new rows.

    Returns
    -------
    DataFrame
        The packed rows: ``row_id``, ``input_ids``, ``n_tokens``, ``cu_seqlens``, ``segments``, ``checksum``, and what else was asked for.

    Raises
    ------
    VarlenError
        If documents, options or output are not as they must be.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> sv.pack(df, "tiktoken:cl100k_base", 16, output=folder, emit=["position_ids"]).select("cu_seqlens", "position_ids").show(truncate=False)
    +----------+------------------------------------------------+
    |cu_seqlens|position_ids                                    |
    +----------+------------------------------------------------+
    |[0, 7, 12]|[0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 0, 1, 2, 3]|
    +----------+------------------------------------------------+
    <BLANKLINE>
    """
    given = {
        "text_column": text_column,
        "prompt_column": prompt_column,
        "completion_column": completion_column,
        "ids_column": ids_column,
        "mask_column": mask_column,
        "split_masked": split_masked,
        "id_column": id_column,
        "strategy": strategy,
        "overflow": overflow,
        "pad_to_multiple": pad_to_multiple,
        "max_documents_per_row": max_documents_per_row,
        "max_squared_length": max_squared_length,
        "special_tokens": special_tokens,
        "pad_id": pad_id,
        "seed": seed,
        "epoch": epoch,
        "emit": emit,
        "bad_records": bad_records,
    }
    folder = {"output": output, "overwrite": overwrite, "append": append}
    return _folder("pack", df, {"tokenizer": tokenizer, "seq_len": seq_len}, given, folder, unknown)


def attend(
    df: DataFrame,
    model: str,
    *,
    output: str | None = None,
    text_column: str | None = None,
    id_column: str | None = None,
    max_length: int | None = None,
    window: int | None = None,
    limit_tokens: int | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    model_jar: str | None = None,
    bad_records: str | None = None,
    overwrite: bool | None = None,
    trace: int | None = None,
    **unknown: Any,
) -> DataFrame:
    """Measure, now, how each head of a model spreads its attention over the documents.

    Parameters
    ----------
    df : DataFrame
        With unique ids and a column of text.
    model : str
        As of :func:`embed`, or a causal language model.
    output : str, optional
        The folder of the result. On one machine it may be left out; then the folder goes with the JVM.
    text_column : str, default "text"
        The column of the text.
    id_column : str, default "id"
        Unique ids, strings or whole numbers.
    max_length : int, optional
        The longest input that the model is given, in tokens.
    window : int, optional
        How far from its query a key counts as near, in tokens.
    limit_tokens : int, optional
        About how many tokens to look at; 0 for all.
    backend : {"auto", "cpu", "cuda"}, default "auto"
        What computes.
    dtype : {"fp32", "bf16", "fp16", "auto"}, default "fp32"
        In what matrix products multiply.
    model_jar : str, optional
        Where the jar of the built-in model is.
    bad_records : {"fail", "quarantine"}, default "fail"
        What becomes of a record that is no document.
    overwrite : bool, default False
        Replace what another job left in ``output``.
    trace : int, optional
        How many documents to trace.

    Returns
    -------
    DataFrame
        A row per layer and head: ``layer``, ``head``, ``queries``, ``entropy``, ``mean_distance``, ``sink_mass``, ``window_mass``,
        ``max_logit``, ``leakage``.

    Raises
    ------
    VarlenError
        If documents, model, options or output are not as they must be.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> heads = sv.attend(df, sv.BUILTIN_MODEL, output=folder)
    >>> heads.groupBy("layer").count().orderBy("layer").limit(2).show()
    +-----+-----+
    |layer|count|
    +-----+-----+
    |    0|   12|
    |    1|   12|
    +-----+-----+
    <BLANKLINE>
    """
    given = {
        "text_column": text_column,
        "id_column": id_column,
        "max_length": max_length,
        "window": window,
        "limit_tokens": limit_tokens,
        "backend": backend,
        "dtype": dtype,
        "model_jar": model_jar,
        "bad_records": bad_records,
        "trace": trace,
    }
    return _folder("attend", df, {"model": model}, given, {"output": output, "overwrite": overwrite}, unknown)


def plan(
    data: str | os.PathLike[str] | DataFrame,
    seq_len: int | Sequence[int],
    *,
    strategy: str | Sequence[str] | None = None,
    overflow: str | None = None,
    pad_to_multiple: int | None = None,
    max_documents_per_row: int | None = None,
    max_squared_length: int | None = None,
    tokenizer: str | None = None,
    text_column: str | None = None,
    special_tokens: str | None = None,
    bad_records: str | None = None,
    spark: SparkSession | None = None,
    **unknown: Any,
) -> DataFrame:
    """Tell what packing in other ways would give, without packing.

    Parameters
    ----------
    data : str, path or DataFrame
        The folder of a packed dataset, of which the manifest alone is read; or documents, which are tokenized once.
    seq_len : int or list of int
        Tokens per row; several are compared.
    strategy : str or list of str, default "bfd"
        As of :func:`pack`; several are compared.
    overflow : str, default "split"
        As of :func:`pack`.
    pad_to_multiple, max_documents_per_row, max_squared_length : int, optional
        As of :func:`pack`.
    tokenizer, text_column, special_tokens, bad_records : str, optional
        As of :func:`tokenize`, for documents alone; for these ``tokenizer`` is required.
    spark : SparkSession, optional
        Which session reads a packed dataset; by default the active one.

    Returns
    -------
    DataFrame
        A row for each way: ``seq_len``, ``strategy``, ``rows``, ``padding_tokens``, ``efficiency``, ``split_documents``, ``lost_tokens``,
        ``squared_length`` and the other figures of the command ``plan``.

    Raises
    ------
    VarlenError
        If data or options are not as they must be.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> sv.plan(df, [8, 16], tokenizer="tiktoken:cl100k_base").select("seq_len", "rows", "padding_tokens", "efficiency").show()
    +-------+----+--------------+----------+
    |seq_len|rows|padding_tokens|efficiency|
    +-------+----+--------------+----------+
    |      8|   2|             4|      0.75|
    |     16|   1|             4|      0.75|
    +-------+----+--------------+----------+
    <BLANKLINE>
    """
    given = {
        "seq_len": seq_len,
        "strategy": strategy,
        "overflow": overflow,
        "pad_to_multiple": pad_to_multiple,
        "max_documents_per_row": max_documents_per_row,
        "max_squared_length": max_squared_length,
    }
    of_documents = {
        "tokenizer": tokenizer,
        "text_column": text_column,
        "special_tokens": special_tokens,
        "bad_records": bad_records,
    }
    check_known("plan", unknown, [*given, *of_documents, "spark"])
    if isinstance(data, (str, os.PathLike)):
        for name, value in of_documents.items():
            if value is not None:
                raise VarlenError(f"plan of a packed dataset is given {name}; its documents are tokenized already")
        spark = spark or _active_session()
        return _collected(spark, _source(spark, os.fspath(data), {"job": "plan", **as_text(given)}))
    _require_frame("plan", data)
    if tokenizer is None:
        raise VarlenError("plan of documents needs tokenizer, which says how long they are")
    return _collected(data.sparkSession, _side(data).plan(data, as_text({**given, **of_documents})))


def verify(spark: SparkSession, path: str | os.PathLike[str], *, list: int | None = None, **unknown: Any) -> Verification:
    """Check every row of a packed dataset, now.

    Parameters
    ----------
    spark : SparkSession
    path : str or path
        The folder of a packed dataset, on any Hadoop file system.
    list : int, default 20
        How many findings are listed; all are counted.

    Returns
    -------
    Verification
        True if the dataset is sound; else its ``findings`` say what is not.

    Raises
    ------
    VarlenError
        If the folder is not a packed dataset.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> packed = sv.pack(df, "tiktoken:cl100k_base", 16, output=folder)
    >>> found = sv.verify(spark, folder)
    >>> bool(found), found.rows, found.packed_tokens, found.findings
    (True, 1, 12, ())
    """
    check_known("verify", unknown, ["list"])
    rows = _source(spark, os.fspath(path), {"job": "verify", **as_text({"list": list})})
    with one_line_errors():
        figures = rows.collect()[0].asDict()
    findings = tuple(figures.pop("findings"))
    return Verification(path=os.fspath(path), findings=findings, **figures)


def explain(df: DataFrame) -> str:
    """Tell what functions of ours a query holds and what executors compute with.

    Parameters
    ----------
    df : DataFrame
        Is planned, but not run.

    Returns
    -------
    str
        For each function how Spark calls it, its tokenizer and model with their SHA-256, backend and dtype; then what each
        executor has: processor or GPU and why, how many tokens at once, and what the model takes of its memory.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> print(sv.explain(sv.tokenize(df, "tiktoken:cl100k_base")))  # doctest: +ELLIPSIS
    Varlen.tokenize: in batches of a partition's rows
      tokenizer tiktoken:cl100k_base, SHA-256 ...
    """
    _require_frame("explain", df)
    return _side(df).explain(df)


def read(spark: SparkSession, path: str | os.PathLike[str]) -> DataFrame:
    """The rows that :func:`pack`, :func:`embed`, :func:`score` or :func:`attend` wrote to a folder, and no other file of it.

    Parameters
    ----------
    spark : SparkSession
    path : str or path
        The folder, on any Hadoop file system.

    Returns
    -------
    DataFrame

    Raises
    ------
    VarlenError
        If there is no complete output.

    Examples
    --------
    >>> df = spark.createDataFrame([("a", "The cat sat on the mat."), ("b", "Rows of fixed length.")], "id string, text string")
    >>> sv.pack(df, "tiktoken:cl100k_base", 16, output=folder).count()
    1
    >>> sv.read(spark, folder).select("n_tokens").show()
    +--------+
    |n_tokens|
    +--------+
    |      12|
    +--------+
    <BLANKLINE>
    """
    return _source(spark, os.fspath(path), {})


def _rows(job: str, df: DataFrame, required: dict[str, Any], given: dict[str, Any], unknown: dict[str, Any]) -> DataFrame:
    check_known(job, unknown, [*required, *given])
    _require_frame(job, df)
    return _side(df).of_rows(job, df, as_text({**required, **given}))


def _rows_or_folder(
    job: str, df: DataFrame, required: dict[str, Any], given: dict[str, Any], folder: dict[str, Any], unknown: dict[str, Any]
) -> DataFrame:
    """Rows lazily, unless anything is said of a folder."""
    if all(value is None for value in folder.values()):
        return _rows(job, df, required, given, unknown)
    if folder["output"] is None:
        raise VarlenError(f"overwrite is given to {job} without output; without a folder there is nothing to replace")
    return _folder(job, df, required, given, folder, unknown)


def _folder(
    job: str, df: DataFrame, required: dict[str, Any], given: dict[str, Any], folder: dict[str, Any], unknown: dict[str, Any]
) -> DataFrame:
    check_known(job, unknown, [*required, *given, *folder])
    _require_frame(job, df)
    if job in ("embed", "score") and folder["output"] is None:
        raise VarlenError(f"overwrite is given to {job} without output; without a folder there is nothing to replace")
    return _side(df).of_folder(job, df, as_text({**required, **given, **folder}))


def _source(spark: SparkSession, path: str, options: dict[str, str]) -> DataFrame:
    if not is_connect(spark):
        classic.require_java_side(spark)
    with one_line_errors():
        rows = spark.read.format("varlen").options(**options).load(path)
        _ = rows.schema  # Spark Connect reads nothing before
    return rows


def _collected(spark: SparkSession, rows: DataFrame) -> DataFrame:
    """The rows as they are now: errors are told here, and nothing is worked out again by each query."""
    with one_line_errors():
        return spark.createDataFrame(rows.collect(), rows.schema)


def _side(df: DataFrame) -> Any:
    return connect if is_connect(df) else classic


def _active_session() -> SparkSession:
    from pyspark.sql import SparkSession

    sessions = [SparkSession]
    if "pyspark.sql.connect.session" in sys.modules:
        sessions.append(sys.modules["pyspark.sql.connect.session"].SparkSession)
    for kind in sessions:
        active = kind.getActiveSession()
        if active is not None:
            return active
    raise VarlenError("there is no active session; give one with spark=")


def _require_frame(job: str, df: Any) -> None:
    if not (hasattr(type(df), "sparkSession") and hasattr(type(df), "schema")):
        raise VarlenError(f"{job} is given a {type(df).__name__}; it takes a Spark DataFrame")
