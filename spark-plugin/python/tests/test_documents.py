"""What READMEs, docstrings and notebooks quote of this package exists: functions, keyword arguments, submodules."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import spark_varlen as sv

CHECKOUT = Path(__file__).resolve().parents[3]
OWN = CHECKOUT / "spark-plugin" / "python" / "README.md"
READMES = sorted(p for p in [CHECKOUT / "README.md", OWN, *CHECKOUT.glob("*/README.md")] if p.exists())
NOTEBOOKS = sorted(p for p in CHECKOUT.glob("notebooks/**/*.ipynb") if "target" not in p.parts)


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of that language in a file, in order."""
    fenced = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", path.read_text(encoding="utf-8"))
    return [text for name, text in fenced if name == language]


def code_of(path: Path) -> list[str]:
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return blocks(path, "python")


def python(code: str) -> ast.AST:
    """The code without the lines that are the notebook's own."""
    return ast.parse("\n".join(line for line in code.splitlines() if not re.match(r"\s*[%!]", line)))


def unresolved(code: str) -> Iterator[str]:
    """What of ours the code uses and there is not: names of modules, and keyword arguments."""
    tree = python(code)
    modules, functions = {"sv": "spark_varlen", "spark_varlen": "spark_varlen"}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update({alias.asname or alias.name: alias.name for alias in node.names if alias.name.startswith("spark_varlen")})
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spark_varlen"):
            there = public(str(node.module))
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name not in there)
            functions.update({alias.asname or alias.name: there.get(alias.name) for alias in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            if node.attr not in public(modules[node.value.id]):
                yield f"{node.value.id}.{node.attr}"
        if isinstance(node, ast.Call):
            known = parameters(node.func, modules, functions)
            given = [word.arg for word in node.keywords if word.arg and known is not None]
            yield from (f"{ast.unparse(node.func)}(…, {name}=…)" for name in given if name not in (known or []))


def parameters(called: ast.AST, modules: dict[str, str], functions: dict[str, Any]) -> list[str] | None:
    """Of a function of ours; None of anything else."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in modules:
        return public(modules[called.value.id]).get(called.attr)
    return functions.get(called.id) if isinstance(called, ast.Name) else None


@functools.cache
def public(module: str) -> dict[str, list[str] | None]:
    """The names of a module with the parameters of functions and classes, from its source: what it imports need not be here."""
    folder = Path(sv.__file__).parents[1].joinpath(*module.split("."))
    source = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    if not source.exists():
        return {}
    names: dict[str, list[str] | None] = {file.stem: None for file in folder.glob("*.py")} if folder.is_dir() else {}
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spark_varlen."):
            names.update({alias.asname or alias.name: public(str(node.module)).get(alias.name) for alias in node.names})
        elif isinstance(node, ast.FunctionDef):
            names[node.name] = [arg.arg for arg in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
        elif isinstance(node, ast.ClassDef):
            made = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
            names[node.name] = [arg.arg for part in made for arg in [*part.args.args, *part.args.kwonlyargs]] or None
        elif isinstance(node, ast.Assign):
            names.update({target.id: None for target in node.targets if isinstance(target, ast.Name)})
    return names


@pytest.mark.parametrize("path", [*READMES, *NOTEBOOKS], ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_code_uses_what_there_is(path: Path) -> None:
    assert [name for code in code_of(path) for name in unresolved(code)] == []


def test_something_is_checked_and_found() -> None:
    assert sum(len(code_of(path)) for path in READMES) >= 4
    wrong = "import spark_varlen as sv\nsv.pak(df)\nsv.pack(df, 't', 1, seqlen=2)\nfrom spark_varlen import nothing"
    assert set(unresolved(wrong)) == {"spark_varlen.nothing", "sv.pak", "sv.pack(…, seqlen=…)"}
    assert list(unresolved("from spark_varlen.session import jar as j\nj(a=1)")) == ["j(…, a=…)"]


def test_the_readme_of_the_package_has_every_function() -> None:
    text = OWN.read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (`.*?`) \|", text)
    functions = {name for row in rows for name in re.findall(r"`(\w+)\(", row)}
    assert functions == {name for name in sv.__all__ if inspect.isfunction(getattr(sv, name))}
    for name, arguments in re.findall(r"`(\w+)\(([\w, …=]*)\)`", "\n".join(rows)):
        known = inspect.signature(getattr(sv, name)).parameters
        required = [word for word in arguments.split(", ") if word and word != "…"]
        assert len(required) <= len(known), name


def test_both_readmes_begin_with_the_same_lines() -> None:
    assert blocks(CHECKOUT / "README.md", "python")[0] == blocks(OWN, "python")[0]
    ours, theirs = ([block for block in blocks(path, "") if block.startswith("+--")] for path in (CHECKOUT / "README.md", OWN))
    assert ours and ours == theirs


def test_names_in_prose_exist() -> None:
    functions = [getattr(sv, name) for name in sv.__all__ if inspect.isfunction(getattr(sv, name))]
    known = {name for function in functions for name in inspect.signature(function).parameters}
    prose = re.sub(r"(?ms)^```.*?^```", "", OWN.read_text(encoding="utf-8"))
    words = re.findall(r"`([a-z]\w*)=[^`]*`", prose)
    assert words and set(words) <= known, set(words) - known
