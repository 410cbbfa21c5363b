"""Tokens per second of pack and embed on more and more cores: threads of one JVM, and executors of one core on a standalone cluster.

Usage: scaling.py FOLDER ROUNDS [CASE...]
FOLDER is new. CASE is `threads` or `executors`, both by default. Run with the jars built, on a machine that does nothing else; each figure is the
median of ROUNDS runs, all of which are on the page. Speeds are those of the jobs' own reports, which do not count the start of the JVMs; an executor's
first task on a cluster does count, with its class loading, compiler and model.

A run on n cores has n processors and n GB and no more: on one core, Java's compiler and garbage collector would else work on the cores beside it, and
one core would seem to do the work of two. The inputs take one core some minutes; a shorter run is mostly start and compiler, which no core shares.
"""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))
from cluster import ROOT, Cluster, one  # noqa: E402

COUNTS = (1, 2, 4)
LEAST = 0.9


def write_inputs(folder):
    words = [w for name in ("README.md", "CONTRIBUTING.md", "jobs/README.md", "kernels/README.md") for w in (ROOT / name).read_text("utf-8").split()]
    choose = random.Random(5)
    for command, documents, longest in (("pack", 8_000_000, 60), ("embed", 12_000, 120)):
        with open(folder / f"{command}.jsonl", "w", encoding="utf-8") as lines:
            for i in range(documents):
                start, length = choose.randrange(len(words)), choose.randint(4, longest)
                lines.write(json.dumps({"id": f"{i}", "text": " ".join(words[start : start + length])}) + "\n")


def arguments(folder, command):
    words = [command, "--input", str(folder / f"{command}.jsonl"), "--input-format", "jsonl", "--output", str(folder / "output"), "--json"]
    return words + (["--tokenizer", "tiktoken:cl100k_base", "--seq-len", "2048"] if command == "pack" else ["--model", "builtin:all-minilm-l6-v2"])


def figures(status, out, log):
    if status:
        raise SystemExit(f"a run ended with {status}; see {log}")
    return json.loads(out.splitlines()[-1])


def on_threads(folder, command, count):
    log = folder / f"threads-{command}-{count}.err"
    words = ["taskset", "--cpu-list", f"0-{count - 1}", str(ROOT / "jobs/bin/varlen"), *arguments(folder, command)]
    words += ["--master", f"local[{count}]", "--conf", f"spark.driver.memory={count}g"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=open(log, "wb"), check=False)
    return figures(done.returncode, done.stdout.decode(), log)


def on_executors(cluster, folder, command):
    run = cluster.start(arguments(folder, command)).wait()
    return figures(run.status, run.out, run.log)


def main(where, rounds, cases):
    folder = Path(where).resolve()
    folder.mkdir(parents=True)
    write_inputs(folder)
    cores = len(os.sched_getaffinity(0))
    slow = []
    print(f"{cores} cores; medians of {rounds} runs, tokens per second\n\n| | command | count | tokens/s | of linear | runs |\n|---|---|---|---|---|---|", flush=True)
    for case in cases or ("threads", "executors"):
        speeds = {}
        for count in (n for n in COUNTS if n <= cores):
            cluster = None
            if case == "executors":
                cluster = Cluster(folder / f"cluster-{count}", (1,) * count, "1g", [one("jobs/target/models/*.jar")], pinned=True)
            try:
                for command in ("pack", "embed"):
                    runs = []
                    for _ in range(rounds):
                        report = on_executors(cluster, folder, command) if cluster else on_threads(folder, command, count)
                        runs.append(report["tokens_per_second"])
                        shutil.rmtree(folder / "output")
                    speeds[command, count] = statistics.median(runs)
                    linear = speeds[command, count] / speeds[command, 1] / count
                    if linear < LEAST:
                        slow.append(f"{case}, {command}, {count}: {linear:.0%} of linear")
                    print(f"| {case} | {command} | {count} | {speeds[command, count]:,.0f} | {linear:.0%} | {', '.join(f'{r:,.0f}' for r in runs)} |", flush=True)
            finally:
                if cluster:
                    cluster.close()
    for line in slow:
        print(f"BELOW {LEAST:.0%}: {line}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
