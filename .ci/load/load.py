"""Packs and embeds much of everything in one JVM, and compares the most heap in use after collections with that of a fifth of it.

Usage: load.py FOLDER [CASE...]
FOLDER is new, and wants 8 GB at times. Run with the jars built. Cases: documents (10^6 small ones), large (100 of 20 MB), files (10^4), partition (all of
10^6 documents in one, as a file that cannot be split). Each is run with a fifth of that, and as it is; both end well, with balanced ledgers, and the
heap is at most 1.1 times as large. A fifth is enough that every task of `pack` holds a whole group, of 10^5 documents or 128 MB, which is what its memory
follows; for the files it is a fifth as many with the same documents. Documents are laid into groups by their ids' hash, as chance has it, so the ids by
which the largest group of the whole is larger are taken off. The most of many looks is more than the most of few, so the fifth is run again until it was
looked at as often. `embed` takes the specs' tiny Llama with random weights, so that minutes are enough: its vectors mean nothing.
"""
import gzip
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = ("documents", "large", "files", "partition")
AMOUNTS = {"documents": 1_000_000, "large": 100, "files": 10_000, "partition": 1_000_000}
LARGE = 20_000_000
MOST_GROWTH = 1.1
# one task at a time: the most that two hold together is a matter of chance
MASTER, HEAP = "local[1]", "1g"
LOOKS_PER_SECOND = 4


def words():
    return [w for name in ("README.md", "CONTRIBUTING.md", "kernels/README.md") for w in (ROOT / name).read_text("utf-8").split()]


FILE_DOCUMENTS = 50_000


def write(case, amount, folder):
    """Returns what follows --input."""
    choose, text = random.Random(3), words()

    def line():
        start, length = choose.randrange(len(text)), choose.randint(1, 16)
        return " ".join(text[start : start + length]) + "\n"

    folder.mkdir(parents=True)
    if case in ("documents", "partition"):
        name = folder / ("lines.txt" if case == "documents" else "lines.txt.gz")
        opened = open(name, "w", encoding="utf-8") if case == "documents" else gzip.open(name, "wt", 1, encoding="utf-8")
        with opened as out:
            for _ in range(amount):
                out.write(line())
        return [str(name), "--input-format", "lines"]
    for i in range(amount):
        with open(folder / f"{i:05d}.txt", "w", encoding="utf-8") as out:
            if case == "files":
                out.writelines(line() for _ in range(FILE_DOCUMENTS // amount))
            else:
                block = "".join(line() for _ in range(2000))
                out.write((block * (LARGE // len(block.encode()) + 1))[:LARGE])
    return [str(folder), "--input-format", "lines" if case == "files" else "text"]


def run(arguments, log):
    """The figures of a command, and the most megabytes in use after its collections, which are asked for all the time."""
    command = [str(ROOT / "jobs/bin/varlen"), *arguments, "--master", MASTER, "--conf", f"spark.driver.memory={HEAP}", "--json"]
    command += ["--conf", f"spark.local.dir={log}.local"]
    environment = os.environ | {"JAVA_TOOL_OPTIONS": f"-XX:+UseSerialGC -Xlog:gc:file={log}.gc"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=open(f"{log}.err", "wb"), env=environment)
    over = threading.Event()

    def collect():
        while not over.wait(1 / LOOKS_PER_SECOND):
            for pid in [process.pid, *children(process.pid)]:
                collect_all(pid)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        out = process.communicate()[0].decode()
    finally:
        over.set()
        collector.join()
    if process.returncode:
        raise SystemExit(f"varlen {arguments[0]} ended with {process.returncode}: {Path(f'{log}.err').read_text('utf-8', 'replace')[-800:]}")
    after = [int(found.group(1)) for found in re.finditer(r"Pause Full.*->(\d+)M", Path(f"{log}.gc").read_text("utf-8"))]
    shutil.rmtree(f"{log}.local", ignore_errors=True)
    return json.loads(out.splitlines()[-1]), max(after), len(after)


def collect_all(pid):
    """Has a JVM collect all garbage, through the socket that `jcmd` uses, but without a JVM of its own each time. Nothing where there is no JVM yet."""
    door = Path(f"/tmp/.java_pid{pid}")
    try:
        if Path(f"/proc/{pid}/comm").read_text().strip() != "java" or "-Xlog:gc" not in Path(f"/proc/{pid}/environ").read_text("utf-8", "replace"):
            return
        if not door.exists():
            Path(f"/proc/{pid}/cwd/.attach_pid{pid}").touch()
            time.sleep(1)  # a JVM without its signal handlers would end
            os.kill(pid, signal.SIGQUIT)
            time.sleep(0.5)
            Path(f"/proc/{pid}/cwd/.attach_pid{pid}").unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(door))
            asked.sendall(b"1\0jcmd\0GC.run\0\0\0")
            while asked.recv(4096):
                pass
    except OSError:
        pass


def children(pid):
    try:
        return [int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in (task / "children").read_text().split()]
    except OSError:
        return []


def balanced(output):
    """Every token and document of the ledger is in one place."""
    total = json.loads((output / "_varlen/manifest.json").read_text("utf-8"))["packing"]["ledger"]["total"]
    left = total["source_tokens"] + total["added_special_tokens"] + total["repeated_tokens"]
    right = total["packed_tokens"] + total["dropped_tokens"] + total["truncated_tokens"] + total["removed_tokens"]
    places = ("packed_documents", "empty_documents", "dropped_documents", "quarantined_documents", "removed_documents")
    return left == right and total["documents"] == sum(total[place] or 0 for place in places)


def checked(case, command, amount, source, folder):
    """One run of a command, whose output is whole: its figures, peak and collections, and the MB of ids in the largest group of `pack`."""
    output, log = folder / "output", folder / f"{case}-{command}-{amount}"
    more = ["--tokenizer", "tiktoken:cl100k_base", "--seq-len", "2048"] if command == "pack" else [
        "--model", str(ROOT / "spark-plugin/src/test/resources/models/llama")]
    figures, peak, collections = run([command, "--input", *source, "--output", str(output), *more], log)
    expected = FILE_DOCUMENTS if case == "files" else amount
    if figures["documents"] != expected or command == "pack" and not balanced(output):
        raise SystemExit(f"{case} {command}: {figures['documents']} documents of {expected}, or a ledger that does not balance")
    manifest = json.loads((output / "_varlen/manifest.json").read_text("utf-8"))
    group = max(part["rows"] for part in manifest["parts"]) * manifest["packing"]["seq_len"] * 4 / 1e6 if command == "pack" else 0
    shutil.rmtree(output)
    return figures, peak, collections, group


def main(where, cases):
    folder, grown = Path(where).resolve(), []
    folder.mkdir(parents=True)
    print(f"{MASTER}, heap of {HEAP}; peak: the most MB in use after a full collection, of which {LOOKS_PER_SECOND} are asked for per second\n")
    print("| load | command | documents | tokens | s | runs | collections | largest group, MB | peak MB | whole to fifth |\n|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for case in cases or CASES:
        whole_run = {}
        for amount in (AMOUNTS[case], AMOUNTS[case] // 5):
            source = write(case, amount, folder / "input")
            for command in ("pack", "embed"):
                seconds, peak, looks, runs = 0, 0, 0, 0
                while runs == 0 or looks < whole_run.get(command, (0, 0, 0))[1]:
                    began = time.time()
                    figures, most, collections, group = checked(case, command, amount, source, folder)
                    seconds, peak, looks, runs = time.time() - began, max(peak, most), looks + collections, runs + 1
                tokens = figures.get("source_tokens", figures.get("tokens", figures.get("encoded_tokens", 0)))
                ratio = ""
                if command not in whole_run:
                    whole_run[command] = peak, looks, group
                else:
                    whole = whole_run[command][0] - max(0, whole_run[command][2] - group)
                    ratio = f"{whole / peak:.2f}"
                    if whole > MOST_GROWTH * peak:
                        grown.append(f"{case} {command}: {whole:.0f} MB, with a fifth {peak} MB")
                print(f"| {amount:,} {case} | {command} | {figures['documents']:,} | {tokens:,} | {seconds:.0f} | {runs} | {looks} | {group:.0f} | {peak} | {ratio} |", flush=True)
            shutil.rmtree(folder / "input")
    for one in grown:
        print(f"GROWS: {one}", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
