"""Breaks jobs on a standalone cluster in every way that this file knows, and checks what is left.

Usage: faults.py FOLDER SEED KILLS [CASE...]
FOLDER is new; it gets everything, and FOLDER/outcomes.json at the end. SEED decides where executors and drivers are killed. KILLS executors are
killed in the middle of pack, embed and score, a third of them in each. CASE runs only the cases whose names begin so. Run with the
jars built, in a Python that has pyarrow.
"""
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as parquet
from cluster import JAVA, MARK, ROOT, SPARK, Cluster, Run, await_, environment, one

COMMANDS = ("pack", "embed", "score")
STAGES = {"pack": ("survey", "tokenize", "pack"), "embed": ("survey", "embed", "embed"), "score": ("survey", "score", "score")}
DOCUMENTS = {"pack": 430_000, "embed": 2_000, "score": 60_000}


class Failed(Exception):
    """A job did not do what it must."""


def require(condition, what):
    if not condition:
        raise Failed(what)


def write_inputs(folder):
    """For each command documents with ids; the same with poisoned records among them; and the number of these."""
    words = " ".join((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md", "jobs/README.md", "kernels/README.md")).split()
    choose = random.Random(7)
    poison = [
        b'{"id":"utf-8","text":"caf\xe9"}', b'{"id":"cut","text":"no end', b'{"id":"number","text":12}', b'{"id":"none"}', b"[1,2]",
        b'{"id":"half","text":"\\ud800"}',
    ]
    for command, count in DOCUMENTS.items():
        lengths = {"pack": (1, 16), "embed": (8, 80), "score": (4, 40)}[command]
        lines = []
        for i in range(count):
            start, length = choose.randrange(len(words)), choose.randint(*lengths)
            lines.append(json.dumps({"id": f"{command}/{i}", "text": " ".join(words[start : start + length])}).encode() + b"\n")
        (folder / f"{command}.jsonl").write_bytes(b"".join(lines))
        small = lines[: count // 20]
        (folder / f"{command}-clean.jsonl").write_bytes(b"".join(small))
        for record in poison:
            small.insert(choose.randrange(len(small)), record + b"\n")
        (folder / f"{command}-poisoned.jsonl").write_bytes(b"".join(small))
    return len(poison)


class Outputs:
    """What the undisturbed runs wrote."""

    def __init__(self):
        self.hashes = {}

    def check(self, command, folder):
        """Complete, each document once, equal to the undisturbed run's, and nothing beside it."""
        folder = Path(folder)
        manifest = json.loads((folder / "_varlen/manifest.json").read_text("utf-8"))
        parts = [part["file"] for part in manifest["parts"]]
        require(not (folder / "_varlen/staging").exists(), "the staging folder is still there")
        require(sorted(parts) == sorted(f.name for f in folder.iterdir() if f.name != "_varlen"), "other data files than the manifest names")
        require(not list(folder.rglob(".*")), "temporary files are left")
        table = arrow.concat_tables(parquet.read_table(folder / part) for part in parts)
        key = "row_id" if command == "pack" else "doc_id"
        table = table.sort_by(key).combine_chunks()
        keys = table[key].to_pylist()
        require(len(set(keys)) == len(keys), f"{len(keys) - len(set(keys))} rows are there twice")
        if command == "pack":
            ids = [segment for row in table["segments"].to_pylist() for segment in row]
            documents = {segment["doc_id"] for segment in ids}
            tokens = sum(segment["token_count"] for segment in ids)
            require(tokens == manifest["figures"]["packed_tokens"], f"{tokens} tokens in segments, the manifest counts otherwise")
        else:
            documents = set(keys)
        hashed = hashlib.sha256()
        for column in table.column_names:
            hashed.update(f"{column} {table.schema.field(column).type}".encode())
            hashed.update(canonical(table[column]))
        figures = manifest["figures"]
        return {"documents": len(documents), "rows": len(keys), "hash": hashed.hexdigest(), "digest": figures.get("digest")}

    def keep(self, name, found):
        self.hashes[name] = found

    def same(self, command, folder, name=None):
        found, expected = self.check(command, folder), self.hashes[name or command]
        require(found == expected, f"{found} where the undisturbed run has {expected}")
        return found


def canonical(column):
    """The bytes of a column, which do not depend on how it came to be."""
    sink = arrow.BufferOutputStream()
    chunk = column.combine_chunks()
    chunk = chunk.take(arrow.array(range(len(chunk)))) if len(chunk) else chunk
    batch = arrow.record_batch([chunk.chunk(0) if isinstance(chunk, arrow.ChunkedArray) else chunk], names=["x"])
    with arrow.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


class Faults:
    def __init__(self, folder, seed, kills, only):
        self.folder, self.seed, self.kills, self.only = Path(folder).resolve(), seed, kills, only
        self.random = random.Random(seed)
        self.outcomes, self.outputs = [], Outputs()
        self.inputs = self.folder / "inputs"
        self.inputs.mkdir(parents=True)
        self.poisoned = write_inputs(self.inputs)
        shutil.copytree(ROOT / "spark-plugin/src/test/resources/models/llama", self.folder / "llama")
        self.number = 0

    # ---- jobs

    def arguments(self, command, output, input_=None, more=()):
        source = str(input_ or self.inputs / f"{command}.jsonl")
        words = [command, "--input", source, "--input-format", "jsonl", "--output", str(output), "--json"]
        words += {
            "pack": ["--tokenizer", "tiktoken:cl100k_base", "--seq-len", "512"],
            "embed": ["--model", "builtin:all-minilm-l6-v2"],
            "score": ["--model", str(self.folder / "llama")],
        }[command]
        return [*words, *more]

    def output(self, command):
        self.number += 1
        return self.folder / "out" / f"{self.number:03d}-{command}"

    def run(self, command, output, input_=None, more=(), conf=None, verbose=False):
        words = self.arguments(command, output, input_, [*more, *(["--verbose"] if verbose else [])])
        return self.cluster.start(words, conf)

    def figures(self, run):
        require(run.status == 0, f"exit status {run.status}: {' / '.join(run.lines()[-3:])}")
        return json.loads(run.out.splitlines()[-1])

    def failed_clearly(self, run, status, words):
        """It ended with that status and one line that says what happened."""
        told = [line for line in run.lines() if line.startswith("varlen ")]
        require(run.status == status, f"exit status {run.status}, not {status}: {' / '.join(run.lines()[-3:])}")
        require(not re.search(r"^\s+at [\w.$]+\(|Caused by:", run.text(), re.M), "a stack trace is on the screen")
        require(len(told) == 1 and run.lines()[-1] == told[0], f"not one closing line: {run.lines()[-5:]}")
        require(re.search(words, told[0]), f"'{told[0]}' does not say '{words}'")
        return told[0]

    def absent(self, output):
        """No reader can take what is there for a result."""
        output = Path(output)
        require(not (output / "_varlen/manifest.json").exists(), "there is a manifest")

    def record(self, case, command, **facts):
        self.outcomes.append({"case": case, "command": command, **facts})
        (self.folder / "outcomes.json").write_text(json.dumps(self.outcomes, indent=1), "utf-8")  # what there is, should this be stopped
        print(f"{time.strftime('%H:%M:%S')} {case} {command}: {facts}", flush=True)

    def attempt(self, case, command, body):
        """Runs one case; what it finds wrong is an outcome, too."""
        try:
            self.record(case, command, **body())
        except (Failed, RuntimeError, OSError, KeyError, ValueError, arrow.ArrowException) as e:
            self.record(case, command, result="WRONG", why=f"{type(e).__name__}: {e}", run=self.cluster.count)

    # ---- cases

    def undisturbed(self, command):
        for name, input_ in ((command, None), (f"{command}-clean", self.inputs / f"{command}-clean.jsonl")):
            output = self.output(command)
            run = self.run(command, output, input_).wait()
            self.figures(run)
            found = self.outputs.check(command, output)
            require(found["documents"] == DOCUMENTS[command] // (20 if input_ else 1), f"{found['documents']} documents")
            self.outputs.keep(name, found)
        if command == "pack":
            subprocess.run([sys.executable, str(ROOT / ".ci/digest.py"), str(output)], check=True, stdout=subprocess.DEVNULL)
        return {"result": "as it must be", "seconds": round(run.seconds, 1), **self.outputs.hashes[command]}

    def executor_killed(self, command, counted):
        """One run with two or three kills. Adds to `counted` how many hit the middle of the job."""
        output = self.output(command)
        plan = sorted((self.random.randrange(3), self.random.random() * 0.9) for _ in range(self.random.randint(2, 3)))
        run = self.run(command, output, verbose=True)
        kills = []
        for stage, part in plan:
            while run.running() and not self.reached(run, command, stage, part):
                time.sleep(0.01)
            time.sleep(self.random.random() * 0.4)
            known = {i: e for i, e in self.cluster.executors().items() if i in run.registered and i not in [k["executor"] for k in kills]}
            if not run.running() or not known:
                continue
            victim = self.random.choice(sorted(known))
            unfinished = not (output / "_varlen/manifest.json").exists()
            os.kill(known[victim][0], signal.SIGKILL)
            kills.append({"executor": victim, "stage": run.stage, "percent": 100 * run.done // max(1, run.total), "unfinished": unfinished})
        run.wait()
        for kill in kills:
            lost = re.search(rf"Lost executor {kill['executor']} on .*137", run.text())
            kill["tasks_lost"] = len(set(re.findall(rf"Lost task \S+ in stage \S+ \(TID (\d+)\) \(\S+ executor {kill['executor']}\)", run.text())))
            kill["hit"] = bool(lost) and kill["unfinished"]
        counted[command] += sum(kill["hit"] for kill in kills)
        self.figures(run)
        found = self.outputs.same(command, output)
        shutil.rmtree(output)
        return {"result": "same output", "kills": kills, "seconds": round(run.seconds, 1), "rows": found["rows"],
                "fetch_failures": len(re.findall(r"FetchFailed\(", run.text()))}

    @staticmethod
    def reached(run, command, stage, part):
        names = list(dict.fromkeys(STAGES[command]))
        wanted = STAGES[command][stage]
        if run.stage not in names:
            return False
        at = names.index(run.stage), run.done / max(1, run.total)
        return at >= (names.index(wanted), part)

    def task_throws_once(self, command):
        output, marker = self.output(command), self.folder / f"marker-{self.number}"
        conf = self.fault("throw", self.random.randrange(2), marker)
        run = self.run(command, f"fault://{output}", conf=conf, verbose=True).wait()
        self.figures(run)
        require(marker.exists() and "thrown once" in run.text(), "no task threw")
        self.outputs.same(command, output)
        return {"result": "same output"}

    def task_always_throws(self, command):
        """What no retry helps against: the job fails in one line, and nothing is there that looks like a result."""
        output = self.output(command)
        run = self.run(command, f"fault://{output}", conf=self.fault("always", 0, "none")).wait()
        line = self.failed_clearly(run, 1, "IOException: thrown always")
        self.absent(output)
        return {"result": "failed clearly", "line": line}

    def speculation(self, command, mode):
        output, marker = self.output(command), self.folder / f"marker-{self.number}"
        conf = self.fault(mode, 0, marker) | {
            "spark.speculation": "true", "spark.speculation.quantile": "0.3", "spark.speculation.multiplier": "1.01",
            "spark.speculation.interval": "100ms", "spark.speculation.minTaskRuntime": "200ms", "spark.speculation.efficiency.enabled": "false",
        }
        run = self.run(command, f"fault://{output}", conf=conf, verbose=True).wait()
        self.figures(run)
        copies = len(re.findall(r"Marking task \d+ in stage \S+ .* as speculatable|Starting speculative", run.text()))
        require(marker.exists(), "no task was slow")
        require(copies > 0, "no task got a speculative copy")
        self.outputs.same(command, output)
        return {"result": "same output", "speculative": copies, "seconds": round(run.seconds, 1)}

    def disk_full(self, command):
        disk = self.folder / f"disk-{command}"
        disk.mkdir()
        sized = lambda size: ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
        if os.geteuid() != 0 or subprocess.run(sized("64m"), stderr=subprocess.DEVNULL).returncode:
            return {"result": "NOT CHECKED: no tmpfs can be mounted here"}
        try:
            subprocess.run(["mount", "-o", f"remount,size={self.random.randint(100, 900)}k", str(disk)], check=True)
            output = disk / "out"
            run = self.run(command, output).wait()
            line = self.failed_clearly(run, 1, "No space left on device")
            self.absent(output)
            subprocess.run(["mount", "-o", "remount,size=512m", str(disk)], check=True)
            again = self.run(command, output).wait()
            self.figures(again)
            self.outputs.same(command, output)
            return {"result": "failed clearly, then same output", "line": line}
        finally:
            subprocess.run(["umount", str(disk)], check=True)

    def driver_killed(self, command):
        """At random points of the work, twice; then it is run to its end, over the work that is there."""
        output, kills = self.output(command), []
        while len(kills) < 2:
            stage, part = self.random.randrange(3), self.random.random() * 0.8
            run = self.run(command, output)
            while run.running() and not self.reached(run, command, stage, part):
                time.sleep(0.01)
            time.sleep(self.random.random() * 0.3)
            if not run.running():  # over before it could be killed
                output = self.output(command)
                continue
            run.kill()
            run.wait()
            require(run.status == -signal.SIGKILL, f"exit status {run.status}")
            self.absent(output)
            units = list((output / "_varlen/staging").glob("*/units/unit-*.json"))
            kills.append({"stage": run.stage, "percent": 100 * run.done // max(1, run.total), "units": len(units)})
        last = self.run(command, output).wait()
        self.figures(last)
        self.outputs.same(command, output)
        return {"result": "same output", "kills": kills}

    def driver_killed_in_commit(self, command):
        """Between two steps of the commit, where the file system waits for it."""
        output, marker, at = self.output(command), self.folder / f"marker-{self.number}", self.random.randrange(1, 12)
        run = self.run(command, f"fault://{output}", conf=self.fault("pause", at, marker))
        await_("commit", 240, lambda: marker.exists() or not run.running())
        require(marker.exists(), "the commit has fewer steps")
        run.kill()
        run.wait()
        committed = (output / "_varlen/manifest.json").exists()
        moved = len(list(output.glob("part-*")))
        last = self.run(command, f"fault://{output}", conf=self.fault("none", 0, marker)).wait()
        figures = self.figures(last)
        self.outputs.same(command, output)
        again = self.run(command, f"fault://{output}", conf=self.fault("none", 0, marker)).wait()
        require(self.figures(again).get("unchanged") is True, "a complete output is not called so")
        return {"result": "same output", "step": at, "moved": moved, "committed": committed, "unchanged": figures.get("unchanged", False)}

    def poisoned_record(self, command):
        input_ = self.inputs / f"{command}-poisoned.jsonl"
        output = self.output(command)
        run = self.run(command, output, input_).wait()
        line = self.failed_clearly(run, 2, r"poisoned\.jsonl at \d+")
        self.absent(output)
        output = self.output(command)
        run = self.run(command, output, input_, ["--bad-records", "quarantine"]).wait()
        self.figures(run)
        listed = [json.loads(line) for file in (output / "_varlen/quarantine").iterdir() for line in file.read_text("utf-8").splitlines()]
        require(len(listed) == self.poisoned, f"{len(listed)} records in quarantine, {self.poisoned} are poisoned")
        self.outputs.same(command, output, f"{command}-clean")
        return {"result": "failed clearly; quarantined, same output", "line": line, "quarantined": len(listed)}

    def secrets(self):
        """The marked setting is in no log and no output; the events of Spark itself are not written here."""
        found = [
            str(file.relative_to(self.folder)) for file in self.folder.rglob("*")
            if file.is_file() and not file.is_symlink() and "inputs" not in file.parts and file.suffix not in (".jar", ".so")
            and MARK.encode() in file.read_bytes()
        ]
        require(not found, f"the secret is in {found}")
        return {"result": "in no log, no output"}

    def fault(self, mode, at, marker):
        return {"spark.hadoop.fs.fault.impl": "FaultFileSystem", "spark.hadoop.fault.mode": mode, "spark.hadoop.fault.at": str(at),
                "spark.hadoop.fault.marker": str(marker)}

    # ---- all of it

    def cases(self):
        return (
            ("task-throws-once", self.task_throws_once),
            ("task-always-throws", self.task_always_throws),
            ("poisoned-record", self.poisoned_record),
            ("disk-full", self.disk_full),
            ("driver-killed-in-commit", self.driver_killed_in_commit),
            ("driver-killed-in-commit", self.driver_killed_in_commit),
            ("driver-killed", self.driver_killed),
            ("speculation-slow", lambda command: self.speculation(command, "slow")),
            ("speculation-stubborn", lambda command: self.speculation(command, "stubborn")),
        )

    def wanted(self, case):
        return not self.only or any(case.startswith(only) for only in self.only)

    def main(self):
        classes = self.folder / "classes"
        subprocess.run(
            [os.path.join(os.path.dirname(JAVA), "javac") if "/" in JAVA else "javac", "-cp", f"{SPARK}/jars/*", "-d", str(classes),
             str(ROOT / ".ci/faults/FaultFileSystem.java")], check=True,
        )
        counted = dict.fromkeys(COMMANDS, 0)
        with Cluster(self.folder / "cluster", (1, 2), class_path=[str(classes), one("jobs/target/models/*.jar")]) as self.cluster:
            for command in COMMANDS:
                self.attempt("undisturbed", command, lambda: self.undisturbed(command))
            able = [command for command in COMMANDS if command in self.outputs.hashes]
            for command in able:
                runs = 0
                while self.wanted("executor-killed") and counted[command] < -(-self.kills // 3) and runs < self.kills:
                    runs += 1
                    self.attempt("executor-killed", command, lambda: self.executor_killed(command, counted))
            for case, body in self.cases():
                for command in able:
                    if self.wanted(case):
                        self.attempt(case, command, lambda: body(command))
        self.attempt("secrets", "all", self.secrets)
        return self.report(counted)

    def report(self, counted):
        wrong = [outcome for outcome in self.outcomes if outcome["result"] == "WRONG"]
        kills = [kill for outcome in self.outcomes for kill in outcome.get("kills", []) if kill.get("hit")]
        missing = sum(counted.values()) < self.kills and self.wanted("executor-killed")
        summary = {"seed": self.seed, "executors_killed": counted, "of_them_with_running_tasks": sum(kill["tasks_lost"] > 0 for kill in kills),
                   "runs": self.cluster.count, "wrong": len(wrong)}
        (self.folder / "outcomes.json").write_text(json.dumps({"summary": summary, "outcomes": self.outcomes}, indent=1), "utf-8")
        print("\n| fault | command | runs | outcome |\n|---|---|---|---|")
        rows = {}
        for outcome in self.outcomes:
            rows.setdefault((outcome["case"], outcome["command"]), []).append(outcome["result"])
        for (case, command), results in rows.items():
            print(f"| {case} | {command} | {len(results)} | {', '.join(f'{results.count(r)} {r}' for r in dict.fromkeys(results))} |")
        print(json.dumps(summary))
        for outcome in wrong:
            print(f"WRONG: {outcome}", file=sys.stderr)
        return 1 if wrong or missing else 0


if __name__ == "__main__":
    where, seed_, kills_, *cases = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped from outside"))
    sys.exit(Faults(where, int(seed_), int(kills_), cases).main())
