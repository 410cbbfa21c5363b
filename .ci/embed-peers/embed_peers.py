"""Embeds the same texts with varlen and with its peers, in turn, and prints Markdown tables.

Usage: embed_peers.py FOLDER MODEL.jar ALL.jar SPARK_JARS ROUNDS
FOLDER holds model/ (from model.py), texts/ and texts-10x/ (from texts.py). Run from the root of the checkout, on a machine that does nothing else.
"""
import glob
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time

import numpy as np
import pyarrow.parquet as parquet

HERE = os.path.dirname(os.path.abspath(__file__))
CORES = os.cpu_count()
VARLEN = "jobs/bin/varlen"


class Worker:
    """A process that answers each line with a line of JSON."""

    def __init__(self, name, command, log, environment=None):
        self.name = name
        self.log = log
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=os.environ | (environment or {})
            )
        first = self.answer()
        self.missing = first.get("missing")
        self.setting = first.get("ready")
        self.runs = []

    def answer(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.name} ended without an answer; {self.log} says why")

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def varlen_embed(folder, texts, more=(), environment=None):
    """Starts the command line."""
    command = [VARLEN, "embed", "--input", texts, "--input-format", "jsonl", "--model", "builtin:all-minilm-l6-v2"]
    command += ["--output", folder, "--overwrite", "--json", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | (environment or {}))
    return process


def report(process):
    """Its figures, when it is done."""
    out, err = process.communicate()
    if process.returncode:
        raise SystemExit(f"varlen embed failed: {err.strip().splitlines()[-1]}")
    return json.loads(out.splitlines()[-1])


def cli_vectors(folder, count):
    vectors = np.empty((count, 384), np.float32)
    for file in glob.glob(f"{folder}/*.parquet"):
        table = parquet.read_table(file, columns=["doc_id", "embedding"]).to_pydict()
        for doc_id, vector in zip(table["doc_id"], table["embedding"]):
            vectors[int(doc_id)] = vector
    return vectors


def tokens_in(folder):
    with open(f"{folder}/ids.txt", encoding="ascii") as lines:
        counts = [len(line.split()) for line in lines]
    return len(counts), sum(counts)


def cosines(vectors, reference):
    product = (vectors.astype(np.float64) * reference).sum(1)
    return product / np.linalg.norm(vectors.astype(np.float64), axis=1) / np.linalg.norm(reference.astype(np.float64), axis=1)


def rate(tokens, seconds):
    return f"{tokens / seconds:,.0f}" if seconds else ""


def peak_heap_mb(work, texts, name):
    """The most heap in use after full collections, which are asked for several times a second."""
    log = f"{work}/heap-{name}.log"
    process = varlen_embed(
        f"{work}/heap-{name}", texts, ["--conf", "spark.driver.memory=2g"], environment={"JAVA_TOOL_OPTIONS": f"-Xlog:gc:file={log}"}
    )
    over = threading.Event()

    def collect():
        while not over.wait(0.3):
            subprocess.run(["jcmd", str(process.pid), "GC.run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        report(process)
    finally:
        over.set()
        collector.join()
    with open(log, encoding="utf-8") as lines:
        after = [int(found.group(1)) for found in map(re.compile(r"Pause Full.*->(\d+)M").search, lines) if found]
    return max(after, default=0), len(after)


def main(work, model_jar, all_jar, spark_jars, rounds):
    count, tokens = tokens_in(f"{work}/texts")
    _, many_tokens = tokens_in(f"{work}/texts-10x")
    texts, many = f"{work}/texts/texts.jsonl", f"{work}/texts-10x/texts.jsonl"
    known = subprocess.run([VARLEN, "embed", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    has_dtype = "--dtype" in known

    def folder(name):
        return f"{work}/{name.replace(',', '').replace(' ', '-')}"

    def python(peer):
        return [sys.executable, f"{HERE}/worker.py", peer, f"{work}/model", texts, str(CORES)]

    def kernels(dtype):
        java = [os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"]
        java += ["--add-modules=jdk.incubator.vector", "-Xmx4g", f"-Dspark.varlen.native.dir={work}/natives"]
        return [*java, "-cp", f"{all_jar}:{spark_jars}/*:{work}/classes", "KernelWorker", model_jar, f"{work}/texts/ids.txt", dtype, str(CORES)]

    workers = []
    for name, command in (
        ("varlen kernels, fp32", kernels("FP32")),
        ("varlen kernels, bf16", kernels("BF16")),
        ("ONNX Runtime fp32, by length", python("onnxruntime")),
        ("PyTorch fp32, by length", python("pytorch-fp32")),
        ("PyTorch bf16, by length", python("pytorch-bf16")),
        ("sentence-transformers, encode() as it is", python("sentence-transformers")),
    ):
        print(f"{name}: settings and warm-up", file=sys.stderr, flush=True)
        workers.append(Worker(name, command, f"{work}/{len(workers)}.log", {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}))
    cli = {"varlen embed, fp32": ["--dtype", "fp32"], "varlen embed, bf16": ["--dtype", "bf16"]} if has_dtype else {"varlen embed": []}
    cli_runs = {name: [] for name in cli}

    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        for worker in workers[turn % len(workers) :] + workers[: turn % len(workers)]:
            if not worker.missing:
                worker.runs.append(worker.ask(f"run {CORES}"))
                time.sleep(1)  # until its threads no longer spin
        for name, options in cli.items():
            cli_runs[name].append(report(varlen_embed(folder(name), texts, options))["seconds"])

    def middle(worker, key):
        values = [run.get(key) for run in worker.runs]
        return statistics.median(values) if values and None not in values else None

    vectors = {}
    for number, worker in enumerate(workers):
        if not worker.missing:
            file = f"{work}/vectors-{number}"
            worker.ask(f"save {file}.npy")
            ours = worker.name.startswith("varlen")
            vectors[worker.name] = np.fromfile(f"{file}.npy", "<f4").reshape(count, 384) if ours else np.load(f"{file}.npy")
    vectors |= {name: cli_vectors(folder(name), count) for name in cli}
    reference = vectors["PyTorch fp32, by length"]

    # four tasks beside one, in the kernels: while their workers are there
    tasks = []
    for worker in workers:
        if worker.name.startswith("varlen") and not worker.missing:
            one, all_cores = ([worker.ask(f"run {callers}")["seconds_from_ids"] for _ in range(rounds)] for callers in (1, CORES))
            tasks.append((worker.name, tokens, statistics.median(one), statistics.median(all_cores)))
    for worker in workers:
        worker.close()
    for name, options in cli.items():
        print(f"{name}: ten times the texts, on one core and on {CORES}", file=sys.stderr, flush=True)
        one, all_cores = (
            report(varlen_embed(folder(f"{name} {n}"), many, [*options, "--master", f"local[{n}]"]))["seconds"] for n in (1, CORES)
        )
        tasks.append((f"{name}, {many_tokens:,} tokens", many_tokens, one, all_cores))
    print("heap", file=sys.stderr, flush=True)
    heap = [peak_heap_mb(work, *which) for which in ((texts, "1x"), (many, "10x"))]

    print(f"\n{count} texts, {tokens} tokens; {CORES} cores; tokens/s, the median of {rounds} rounds in turn; cosines with PyTorch in fp32\n")
    print("| engine | from texts to vectors | from token ids to vectors | cosine, least | cosine, mean | setting |")
    print("|---|---:|---:|---:|---:|---|")
    for name, runs in cli_runs.items():
        cosine = cosines(vectors[name], reference)
        print(f"| `{name.split(',')[0]}`{name[12:]}, a fresh JVM, into Parquet | {rate(tokens, statistics.median(runs))} | | {cosine.min():.7f} | {cosine.mean():.7f} | |")
    for worker in workers:
        if worker.missing:
            print(f"| {worker.name} | | | | | not measured: {worker.missing} |")
            continue
        cosine = cosines(vectors[worker.name], reference)
        setting = ", ".join(f"{key}: {value}" for key, value in worker.setting.items())
        print(
            f"| {worker.name} | {rate(tokens, middle(worker, 'seconds'))} | {rate(tokens, middle(worker, 'seconds_from_ids'))} "
            f"| {cosine.min():.7f} | {cosine.mean():.7f} | {setting} |"
        )
    print(f"\n| | tokens/s of 1 task | of {CORES} tasks | times |\n|---|---:|---:|---:|")
    for name, measured, one, all_cores in tasks:
        print(f"| {name} | {rate(measured, one)} | {rate(measured, all_cores)} | {one / all_cores:.2f} |")
    (small, small_collections), (large, large_collections) = heap
    print(
        f"\nHeap of `varlen embed` after full collections, at most: {small} MB on these texts ({small_collections} collections), {large} MB on ten times"
        f" as many ({large_collections}): {large / max(1, small):.2f} times."
    )


if __name__ == "__main__":
    main(*sys.argv[1:5], rounds=int(sys.argv[5]))
