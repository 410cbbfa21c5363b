"""airflow_runs.py DAG_FOLDER LAUNCHER WORK: the DAG of jobs/deploy, imported and run by Airflow itself.

Its tasks run the real command line on a small corpus: once, once more (``unchanged``), and after the input has changed,
which must fail at once. Then with commands that are none of ours: one that fails otherwise, which must be tried again, and
one that does not end, which must end with its task.
"""

import pathlib
import sys
from datetime import timedelta

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

ORDER = ["pack", "verify", "embed", "report"]


def check(holds, what):
    if not holds:
        sys.exit(f"airflow: {what}")


def graph(folder):
    """The DAG as Airflow reads it."""
    bag = DagBag(folder)
    check(not bag.import_errors, bag.import_errors)
    check(list(bag.dags) == ["varlen_pipeline"], f"the DAGs are {list(bag.dags)}")
    dag = bag.dags["varlen_pipeline"]
    tasks = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    check(tasks == {one: [next_one] for one, next_one in zip(ORDER, ORDER[1:])} | {ORDER[-1]: []}, f"the graph is {tasks}")
    check(dag.max_active_runs == 1 and not dag.catchup, "runs may overlap")
    check(all(task.retries == 2 for task in dag.tasks), "tasks are not tried again")
    return dag


def run(dag: DAG, conf):
    """Runs it with these parameters: the states, tries and figures of its tasks."""
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=0)
    done = dag.test(run_conf=conf)
    instances = {instance.task_id: instance for instance in done.get_task_instances()}
    figures = {one: instances[one].xcom_pull(task_ids=one, run_id=done.run_id) for one in ORDER}
    return (
        {one: str(instances[one].state) for one in ORDER},
        {one: instances[one].try_number for one in ORDER},
        figures,
    )


def script(path, *lines):
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return str(path)


def main(folder, launcher, work):
    work = pathlib.Path(work)
    corpus = work / "corpus of one task"  # a parameter is one word, blanks and all
    corpus.mkdir(parents=True)
    for name in ("cats", "dogs", "birds"):
        (corpus / f"{name}.txt").write_text(f"A text about {name}. " * 40)
    conf = {
        "varlen": launcher,
        "input": str(corpus),
        "output": str(work / "out"),
        "seq_len": 128,
        "master": "local[2]",
    }
    dag = graph(folder)

    states, tries, first = run(dag, conf)
    check(set(states.values()) == {"success"}, f"first run: {states}")
    check(first["pack"]["documents"] == 3 and "unchanged" not in first["pack"], first["pack"])
    check(first["verify"]["damaged"] == 0 and first["embed"]["documents"] == 3, first)
    check((work / "out/packed/_varlen/report.html").exists(), first["report"])

    states, tries, second = run(dag, conf)
    check(set(states.values()) == {"success"}, f"second run: {states}")
    for one in ("pack", "embed"):
        check(second[one] == {**first[one], "unchanged": True}, second[one])

    (corpus / "fish.txt").write_text("A text about fish.")
    states, tries, _ = run(dag, conf)
    check(states["pack"] == "failed" and tries["pack"] == 1, f"changed input: {states}, {tries}")
    check({states[one] for one in ORDER[1:]} == {"upstream_failed"}, f"changed input: {states}")

    # whose status is 1: an error, which is tried again, and a verdict; and one that was killed
    calls = work / "calls"
    ends = {
        "full": ("echo '{\"error\":\"the disk is full\",\"status\":1}'", "exit 1", 3),
        "damaged": ("echo '{\"damaged\":2}'", "exit 1", 1),
        "killed": ("echo half a line", "exit 137", 3),
    }
    for name, (says, ending, expected) in ends.items():
        calls.unlink(missing_ok=True)
        states, tries, _ = run(dag, {**conf, "varlen": script(work / name, f"echo \"$*\" >>'{calls}'", says, ending)})
        called = calls.read_text().splitlines()
        check(states["pack"] == "failed" and len(called) == tries["pack"] == expected, f"{name}: {states}, {tries}, {called}")
        check(called[0].startswith(f"pack --input {corpus} ") and called[0].endswith(" --json"), called[0])

    pid = work / "pid"
    endless = script(work / "endless", f"echo $$ >'{pid}'", "exec sleep 600")
    pack = dag.get_task("pack")
    pack.execution_timeout, pack.retries = timedelta(seconds=3), 0
    states, _, _ = run(dag, {**conf, "varlen": endless})
    check(states["pack"] == "failed", f"timeout: {states}")
    check(not pathlib.Path("/proc", pid.read_text().strip()).exists(), "a command outlived its task")
    print("airflow: first run, unchanged, changed input and damage failed at once, status 1 tried 3 times, a timeout ended")


main(*sys.argv[1:])
