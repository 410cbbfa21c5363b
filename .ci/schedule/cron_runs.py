"""cron_runs.py CRONTAB LAUNCHER WORK: the line of jobs/deploy/cron, run as cron runs it: by its shell, with its few variables.

Twice, which must be ``unchanged`` the second time; with its lock held by another, when nothing may run; and after the
input has changed, when the first stage must be the last.
"""

import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time


def check(holds, what):
    if not holds:
        sys.exit(f"cron: {what}")


def read(crontab):
    """Its variables, and the command of its one line."""
    lines = [line for line in crontab.read_text().splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines[:-1])
    schedule = re.fullmatch(r"((?:[-\d*/,]+ ){5})(.*)", lines[-1])
    check(schedule and "%" not in schedule[2], f"{lines[-1]} is no line of a crontab")
    return variables, schedule[2]


def main(crontab, launcher, work):
    variables, command = read(pathlib.Path(crontab))
    check(set(variables) == {"SHELL", "VARLEN", "DATA"}, f"the variables are {sorted(variables)}")
    data = pathlib.Path(work) / "data of one job"
    corpus = data / "corpus"
    corpus.mkdir(parents=True)
    for name in ("cats", "dogs"):
        (corpus / f"{name}.txt").write_text(f"A text about {name}. " * 40)
    bare = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LOGNAME": "nobody", "SHELL": variables["SHELL"]}
    given = {**bare, "VARLEN": launcher, "DATA": str(data)}

    def run():
        """The status, the lines that a program reads, those that are for people, and the seconds."""
        outs = [data / "varlen.jsonl", data / "varlen.log"]
        for out in outs:
            out.unlink(missing_ok=True)
        start = time.monotonic()
        status = subprocess.run([variables["SHELL"], "-c", command], env=given, cwd="/").returncode
        told, log = (out.read_text() for out in outs)
        return status, [json.loads(line) for line in told.splitlines()], log, time.monotonic() - start

    status, first, log, _ = run()
    check(status == 0 and len(first) == 3, f"first run: {status}, {first}, {log}")
    check(first[0]["documents"] == first[2]["documents"] == 2 and first[1]["damaged"] == 0, first)
    status, second, log, seconds = run()
    unchanged = [figures.get("unchanged", False) for figures in second]
    check(status == 0 and unchanged == [True, False, True], f"second run: {status}, {unchanged}, {log}")

    with open(data / "varlen.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, told, log, _ = run()
    check(status == 1 and not told, f"beside another: {status}, {told}, {log}")

    (corpus / "fish.txt").write_text("A text about fish.")
    status, told, log, _ = run()
    check(status == 2 and len(told) == 1, f"changed input: {status}, {told}, {log}")
    check(told[0]["status"] == 2 and f"added {corpus}/fish.txt" in told[0]["error"] and told[0]["error"] in log, told)
    shutil.rmtree(data)
    print(f"cron: first run; unchanged in {seconds:.1f} s, verified anew; nothing beside another; changed input named")


main(*sys.argv[1:])
