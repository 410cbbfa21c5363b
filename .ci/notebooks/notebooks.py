"""notebooks.py check FOLDER | strip FOLDER | run FOLDER EXECUTED [PICTURES]: the notebooks of a folder.

check: each is valid nbformat without outputs, execution counts or settings of an editor, and its pictures are committed and small.
strip: takes outputs and execution counts out. run: executes each in a real kernel on two cores, with its outputs into EXECUTED, and looks
whether its facts hold; with PICTURES what it drew goes there, too. NOTEBOOKS='pack masks' runs these alone.
"""

import base64
import json
import os
import sys
import threading
import time
from pathlib import Path

MOST_SECONDS = 180
MOST_BYTES = 4e9
MOST_PICTURE_BYTES = 120_000
CORES = 2

# What must be so in a notebook's kernel behind its last cell, whatever the machine measured.
FACTS = {
    "pack": [
        'padding["packed, bfd"] < padding["batches of 8, by length"] < padding["batches of 8, random order"] < padding["each to the row\'s length"]',
        'padding["packed, bfd"] < 0.02',
        "sum(pieces) == sum(r.n_tokens for r in rows) == int(lengths.sum())",
        "all(r.cu_seqlens[-1] == r.n_tokens and len(r.cu_seqlens) == len(r.segments) + 1 for r in rows)",
    ],
    "flash": [
        "len(results) == 7 and all(r['tiled_bytes'] < 1e6 for r in results)",
        "all(('standard_seconds' in r) != ('standard_reason' in r) for r in results) and 'standard_seconds' in results[0]",
        "all(r['standard_bytes'] > 50 * r['tiled_bytes'] for r in results if 'standard_bytes' in r)",
    ],
    "layouts": [
        "all(r['difference'] < 1e-4 for run in (short, long) for r in run['results'])",
        "all([r['padding'] for r in run['results']][3:] == [0, 0] for run in (short, long))",
        "all(work(run, run['results'][2])[0] == work(run, run['results'][0])[0] for run in (short, long))",
        "all(max(run['results'], key=lambda r: r['tokens_per_second'])['layout'] in said('', run) for run in (short, long))",
    ],
    "search": [
        "answers[QUESTIONS[0]][0].id.startswith('jobs/README.md#') and 'because somebody withdrew them' in answers[QUESTIONS[0]][0].text",
        "all(best[0].score >= best[-1].score > 0.2 for best in answers.values())",
        "len(local) == len(parts) * len(QUESTIONS) and all(-1 <= row.score <= 1 for row in local)",
    ],
    "masks": [
        "(expected == both).all()",
        "change['three documents'] == 0 < change['one sequence']",
        "leakage['alone'] == 0 < leakage['packed'] < 1 and table.shape == (6, 12)",
        "pairs['full, no document mask'] == 48 * 48 and pairs['document'] == 20 * 20 + 9 * 9 + 19 * 19",
        "pairs['document & causal & chunked(8)'] < min(pairs['document & causal'], pairs['document & chunked(8)'])",
    ],
    "perplexity": [
        "abs(local[0].nll + log_shares[data[:-1], data[1:]].sum()) < 1e-3 * local[0].nll",
        "0.9 <= stays['prose'] <= 0.97 and max(stays['base64'], stays['digits']) < 0.1",
        "stays['letters in random order'] < 0.5 < stays['words in random order']",
    ],
}


def notebooks(folder):
    found = sorted(Path(folder).glob("*.ipynb"))
    if {path.stem for path in found} != set(FACTS):
        raise SystemExit(f"{folder} holds {[path.stem for path in found]}; facts are known of {sorted(FACTS)}")
    return found


def check(folder):
    import nbformat

    problems, drawn = [], set()
    for path in notebooks(folder):
        try:
            book = json.loads(path.read_text(encoding="utf-8"))
            nbformat.validate(nbformat.from_dict(book))
        except (ValueError, TypeError, AssertionError, nbformat.ValidationError) as e:
            problems.append(f"{path}: is no notebook: {(str(e) or repr(e)).splitlines()[0]}")
            continue
        if (book["nbformat"], book["nbformat_minor"]) < (4, 5) or set(book["metadata"]) != {"kernelspec", "language_info"}:
            problems.append(f"{path}: not of nbformat 4.5 with kernelspec and language_info alone; notebooks.py strip mends that")
        for cell in book["cells"]:
            if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"] is not None):
                problems.append(f"{path}, {cell['id']}: has outputs or an execution count; notebooks.py strip takes them out")
            if set(cell["metadata"]) - {"picture"}:
                problems.append(f"{path}, {cell['id']}: has metadata {sorted(cell['metadata'])}; notebooks.py strip takes it out")
            drawn |= {cell["metadata"]["picture"]} if "picture" in cell["metadata"] else set()
    pictures = Path(folder).parent / "pictures"
    committed = {path.stem: path.stat().st_size for path in pictures.glob("*.png")}
    if set(committed) != drawn:
        problems.append(f"{pictures} holds {sorted(committed)}, but cells draw {sorted(drawn)}")
    problems += [f"{name}.png has {size:,} bytes, more than {MOST_PICTURE_BYTES:,}" for name, size in committed.items() if size > MOST_PICTURE_BYTES]
    for problem in problems:
        print(problem)
    if problems:
        raise SystemExit(1)
    print(f"{len(FACTS)} notebooks are valid and stripped, {len(drawn)} pictures are there")


def strip(folder):
    for path in notebooks(folder):  # as Jupyter writes them
        book = json.loads(path.read_text(encoding="utf-8"))
        book["metadata"] = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        for cell in book["cells"]:
            cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key == "picture"}
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
        path.write_text(json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


class Watch(threading.Thread):
    """The most memory that the processes below this one have had at the same time: what is theirs alone, and what they share by halves and so on."""

    def __init__(self):
        super().__init__(daemon=True)
        self.most = 0
        self.done = threading.Event()

    def run(self):
        import psutil

        while not self.done.wait(0.5):
            total = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    pass
            self.most = max(self.most, total)


def execute(path):
    """The notebook with its outputs, and what its facts were found to be."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(path, as_version=4)
    client = NotebookClient(book, timeout=10 * MOST_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel():
        for index, cell in enumerate(book.cells):
            client.execute_cell(cell, index)
        facts = nbformat.v4.new_code_cell("\n".join(f"print(bool({fact}))" for fact in FACTS[path.stem]))
        book.cells.append(facts)
        client.execute_cell(facts, len(book.cells) - 1)
        book.cells.pop()
    said = "".join(output.get("text", "") for output in facts.outputs).splitlines()
    return book, dict(zip(FACTS[path.stem], said))


def pictures(book):
    """The pictures that cells drew, by name."""
    drawn = {}
    for cell in book.cells:
        name = cell.metadata.get("picture")
        images = [output.data["image/png"] for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
        if name is not None:
            if len(images) != 1:
                raise SystemExit(f"the cell of {name} drew {len(images)} pictures, not one")
            drawn[name] = base64.b64decode(images[0])
    return drawn


def run(folder, executed, into=None):
    import nbformat
    from nbclient.exceptions import CellExecutionError

    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    Path(executed).mkdir(parents=True, exist_ok=True)
    failed = False
    only = os.environ.get("NOTEBOOKS", " ".join(FACTS)).split()
    for path in notebooks(folder):
        if path.stem not in only:
            continue
        began = time.monotonic()
        watch = Watch()
        watch.start()
        try:
            book, facts = execute(path)
        except CellExecutionError as e:
            print(f"{path.stem}: {e}", flush=True)
            failed = True
            continue
        finally:
            watch.done.set()
            watch.join()
        seconds = time.monotonic() - began
        nbformat.write(book, Path(executed) / path.name)
        drawn = pictures(book)
        wrong = [fact for fact, value in facts.items() if value != "True"] + FACTS[path.stem][len(facts) :]
        wrong += [f"{name}.png has {len(data):,} bytes" for name, data in drawn.items() if len(data) > MOST_PICTURE_BYTES]
        wrong += [f"it took more than {MOST_SECONDS} s"] * (seconds > MOST_SECONDS) + [f"it took more than {MOST_BYTES:,.0f} bytes"] * (watch.most > MOST_BYTES)
        print(f"{path.stem}: {seconds:.0f} s, {watch.most / 1e9:.1f} GB, {len(facts)} facts, pictures {sorted(drawn)}", flush=True)
        for problem in wrong:
            print(f"  wrong: {problem}", flush=True)
        failed = failed or bool(wrong)
        if into is not None:
            Path(into).mkdir(parents=True, exist_ok=True)
            for name, data in drawn.items():
                (Path(into) / f"{name}.png").write_bytes(data)
    if failed:
        raise SystemExit(1)


COMMANDS = {"check": check, "strip": strip, "run": run}
if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
    raise SystemExit(__doc__)
COMMANDS[sys.argv[1]](*sys.argv[2:])
