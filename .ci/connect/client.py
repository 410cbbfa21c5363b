"""client.py PORT FOLDER: the data source and the SQL functions over Spark Connect, beside what the command line wrote.

FOLDER holds documents.jsonl and what the command line made of it: packed and embedded. Results are compared by what pyarrow reads.
"""

import json
import struct
import sys
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.functions import call_function, col, expr, lit

TOKENIZER = "tiktoken:cl100k_base"
MODEL = "builtin:all-minilm-l6-v2"


def manifest(folder):
    return json.loads((folder / "_varlen" / "manifest.json").read_text())


def stored(folder, key):
    """The rows of the files that the manifest names, by `key`."""
    rows = [row for part in manifest(folder)["parts"] for row in pq.read_table(folder / part["file"]).to_pylist()]
    return {row[key]: row for row in rows}


def bits(row):
    return {k: [struct.pack("<f", x) for x in v] if k == "embedding" and v is not None else v for k, v in row.items()}


def refused(action, words):
    try:
        action()
    except PySparkException as e:
        assert words in str(e), f"not refused with '{words}' but with: {e}"
        return
    raise AssertionError(f"not refused; it should have been with '{words}'")


def main():
    port, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    documents = [json.loads(line) for line in (folder / "documents.jsonl").open(encoding="utf-8")]
    df = spark.createDataFrame([(d["id"], d["text"]) for d in documents], "id string, text string").repartition(5)
    checks = 0

    def same(found, expected, what):
        nonlocal checks
        assert found == expected, f"{what}: {str(found)[:300]} is not {str(expected)[:300]}"
        checks += 1

    # the data source writes what the command line writes
    writing = df.write.format("varlen").option("job", "pack").option("tokenizer", TOKENIZER)
    packed = folder / "connect-packed"
    writing.option("seq-len", 256).save(str(packed))
    same(manifest(packed)["packing"]["digest"], manifest(folder / "packed")["packing"]["digest"], "the digest")
    same(stored(packed, "row_id"), stored(folder / "packed", "row_id"), "the packed rows")
    embedded = folder / "connect-embedded"
    df.write.format("varlen").option("job", "embed").option("model", MODEL).option("max-length", 32).save(str(embedded))
    expected = {k: bits(v) for k, v in stored(folder / "embedded", "doc_id").items()}
    same({k: bits(v) for k, v in stored(embedded, "doc_id").items()}, expected, "the embeddings")

    # and reads it, whoever wrote it
    for written in packed, folder / "packed":
        rows = spark.read.format("varlen").load(str(written))
        collected = {row["row_id"]: row.asDict(recursive=True) for row in rows.collect()}
        same(collected, stored(folder / "packed", "row_id"), "the rows read")
        same(rows.where("row_id >= 1").select("n_tokens").count(), len(collected) - 1, "a filter and a column")
    spark.sql(f"CREATE TEMPORARY VIEW embeddings USING varlen OPTIONS (path '{embedded}')")
    vectors = {row["doc_id"]: bits(row.asDict()) for row in spark.sql("SELECT * FROM embeddings").collect()}
    same(vectors, expected, "the vectors in SQL")

    # the life of an output, and errors
    time = (packed / "_varlen" / "manifest.json").stat().st_mtime_ns
    writing.option("seq-len", 256).save(str(packed))
    same((packed / "_varlen" / "manifest.json").stat().st_mtime_ns, time, "the dataset, packed again")
    refused(lambda: writing.option("seq-len", 128).save(str(packed)), "seq-len is 256 there and 128 here")
    refused(lambda: writing.option("seqlenn", 1).save(str(folder / "none")), "did you mean seq-len?")
    refused(lambda: spark.read.format("varlen").load(str(folder)).count(), "it has no _varlen/manifest.json")
    more = spark.createDataFrame([("more", "one more text")], "id string, text string")
    appending = more.write.format("varlen").option("job", "pack").option("tokenizer", TOKENIZER).option("seq-len", 256)
    for _ in range(2):
        appending.mode("append").save(str(packed))
    same(manifest(packed)["packing"]["ledger"]["total"]["documents"], len(documents) + 1, "documents after an append")
    checks += 3

    # functions: by name, as an expression, in SQL
    df.createOrReplaceTempView("documents")
    ways = [
        df.select("id", call_function("varlen_token_count", col("text"), lit(TOKENIZER)).alias("n")),
        df.select("id", expr(f"varlen_token_count(text, '{TOKENIZER}')").alias("n")),
        spark.sql(f"SELECT id, size(varlen_tokenize(text, '{TOKENIZER}')) n FROM documents"),
    ]
    counts = [dict(tuple(row) for row in way.collect()) for way in ways]
    lengths = {}
    for row in stored(folder / "packed", "row_id").values():
        for segment in row["segments"]:
            lengths[segment["doc_id"]] = lengths.get(segment["doc_id"], 0) + segment["token_count"]
    for count in counts:
        same({k: v for k, v in count.items() if v > 0}, lengths, "the token counts")
    same(len(spark.sql("DESCRIBE FUNCTION varlen_tokenize").collect()) > 0, True, "the description of a function")
    # a stream
    (folder / "stream").mkdir()
    (folder / "stream" / "documents.json").write_text((folder / "documents.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    stream = spark.readStream.schema("id string, text string").json(str(folder / "stream"))
    counted = stream.selectExpr("id", f"varlen_token_count(text, '{TOKENIZER}') n")
    query = counted.writeStream.format("memory").queryName("counted").trigger(availableNow=True).start()
    query.awaitTermination(60)
    same(dict(tuple(row) for row in spark.table("counted").collect()), counts[0], "the token counts of a stream")
    on_stream = stream.writeStream.format("varlen").option("job", "pack").option("checkpointLocation", str(folder / "checkpoint"))
    refused(lambda: on_stream.start(str(folder / "streamed")).awaitTermination(60), "foreachBatch")
    checks += 1
    print(f"{checks} checks over Connect with Spark {spark.version}: {len(documents)} documents, {len(lengths)} with tokens")
    spark.stop()


if __name__ == "__main__":
    main()
