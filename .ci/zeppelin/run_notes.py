"""run_notes.py JAR MODEL_JAR NOTE…: each paragraph of Zeppelin notes, in the order of the note, in Spark's own interpreters.

What Zeppelin's Spark interpreter does is done here with what it is made of, since its current version is in no registry:
Spark's Scala shell runs ``%spark``, and Python attaches to the same JVM by py4j for ``%spark.pyspark`` and ``%spark.sql``,
so that all three share a session and its temporary views. ``%spark.conf`` becomes the shell's settings, with the paths of
jars replaced by those given here; a form (``${question=…}``) has its default.
"""

import contextlib
import io
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import traceback

import pyspark
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

SERVER = """\
val gatewayOfPython = new py4j.GatewayServer.GatewayServerBuilder().javaPort(0)
  .javaAddress(java.net.InetAddress.getLoopbackAddress).authToken("%s").entryPoint(spark).build()
gatewayOfPython.start()
println("gateway at " + gatewayOfPython.getListeningPort)
"""


def check(holds, what):
    if not holds:
        sys.exit(f"zeppelin: {what}")


class Scala:
    """Spark's shell. A paragraph is one unit, as in Zeppelin: what throws or does not compile leaves nothing behind."""

    def __init__(self, folder, settings):
        words = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        self.folder = folder
        self.count = 0
        shell = pathlib.Path(pyspark.__file__).parent / "bin" / "spark-shell"
        self.process = subprocess.Popen(
            [shell, "--master", "local[2]", "--conf", "spark.ui.enabled=false", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
        )

    def run(self, code):
        """What it printed, and whether it ended well."""
        self.count += 1
        file = self.folder / f"paragraph{self.count}.scala"
        file.write_text(f"{code}\nval paragraphEnded{self.count} = true\n")
        end = f"--- end of paragraph {self.count}"
        self.process.stdin.write(f':paste {file}\nprintln("{end} " + paragraphEnded{self.count})\nprintln("{end}")\n')
        self.process.stdin.flush()
        said, well = [], False
        for line in self.process.stdout:  # to the last one: Python makes the shell load classes, which it cannot while it compiles
            if line.rstrip().endswith(f"{end} true"):
                well = True
            elif line.rstrip().endswith(end):
                break
            else:
                said.append(line)
        return "".join(said), well

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


class Python:
    """A Python that uses the shell's session."""

    def __init__(self, port, secret):
        os.environ.update(PYSPARK_GATEWAY_PORT=str(port), PYSPARK_GATEWAY_SECRET=secret, PYSPARK_PIN_THREAD="false")
        self.gateway = launch_gateway()
        session = self.gateway.entry_point
        context = self.gateway.jvm.JavaSparkContext(session.sparkContext())
        conf = SparkConf(_jvm=self.gateway.jvm, _jconf=context.getConf())
        self.spark = SparkSession(SparkContext(gateway=self.gateway, jsc=context, conf=conf), session)
        self.names = {"spark": self.spark, "sc": self.spark.sparkContext}

    def run(self, code):
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(code, "paragraph", "exec"), self.names)
        except Exception:
            return said.getvalue() + traceback.format_exc(), False
        return said.getvalue(), True

    def close(self):
        self.spark.sparkContext._accumulatorServer.shutdown()
        self.gateway.shutdown()

    def sql(self, query):
        """Its rows, or what went wrong."""
        try:
            return self.spark.sql(query).collect(), True
        except Exception as e:
            return str(e), False


def settings(text, jars):
    """A paragraph ``%spark.conf``; each path of a jar must be one that is given."""
    values = {}
    for line in text.splitlines():
        key, value = line.split(None, 1)
        values[key] = jars[key] if key in jars else value
        check(value.startswith("/opt/varlen/") == (key in jars), f"{line} names a path")
    return values


def run(note, jars):
    """Runs it: by the title of its paragraph, what each one gave."""
    paragraphs = [(p["title"], *re.match(r"%([\w.]+)\n(.*)", p["text"], re.DOTALL).groups(), p) for p in note["paragraphs"]]
    for title, _, _, p in paragraphs:
        check("results" not in p and "dateFinished" not in p and p["status"] == "READY", f"{title}: holds an output")
    given = [settings(text, jars) for _, kind, text, _ in paragraphs if kind == "spark.conf"]
    check(len(given) == 1, "there must be one %spark.conf")
    results, scala, python = {}, None, None
    with tempfile.TemporaryDirectory() as folder:
        scala = Scala(pathlib.Path(folder), given[0])
        try:
            secret = secrets.token_hex(16)
            said, well = scala.run(SERVER % secret)
            check(well, said)
            python = Python(re.search(r"gateway at (\d+)", said)[1], secret)
            for title, kind, text, _ in paragraphs:
                text = re.sub(r"\$\{\w+=([^}]*)}", r"\1", text) if kind == "spark.sql" else text
                runners = {"spark": scala.run, "spark.pyspark": python.run, "spark.sql": python.sql}
                if kind in ("md", "spark.conf"):
                    continue
                results[title], well = runners[kind](text)
                check(well, f"{title} (%{kind}):\n{results[title][:4000]}")
        finally:
            if python:
                python.close()
            scala.close()
    return results


def pack_a_corpus(results):
    lengths = results["How long are they?"]
    check(sum(row.documents for row in lengths) == 600 and len(lengths) > 6, lengths)
    padding = {row.strategy: row.padding for row in results["What is padding, in per cent of all slots?"]}
    check(len(padding) == 6 and padding["bfd"] < 5 < padding["sequential"] < padding["a row per piece"], padding)
    drawn = results["Packed rows, a letter for every eight tokens of a document"]
    check(len(drawn) == 20 and all(len(row.drawn) >= row.n_tokens / 8 for row in drawn), drawn)
    told = results["What a trainer is given"]
    check(re.search(r"cu_seqlens +\[0, \d+", told) and re.search(r"rows +(\d+) here, \1 there", told), told)


def search_a_corpus(results):
    check("16 vectors of 384 numbers" in results["A vector per text"], results["A vector per text"])
    check(results["Ask"][0].text.startswith("Otters") and len(results["Ask"]) == 3, results["Ask"])
    nearest = results["The nearest neighbour of each text"]
    check(len(nearest) == 16 and sum(row.same_topic for row in nearest) >= 12, nearest)
    lines = results["The same from Python"].splitlines()
    check(len(lines) == 3 and "money" in lines[0], lines)


CHECKS = {"pack-a-corpus.zpln": pack_a_corpus, "search-a-corpus.zpln": search_a_corpus}


def main(jar, model_jar, file):
    file = pathlib.Path(file)
    results = run(json.loads(file.read_text()), {"spark.jars": jar, "spark.varlen.model.jar": model_jar})
    CHECKS[file.name](results)
    print(f"{file.name}: {len(results)} paragraphs on Spark {pyspark.__version__}")


main(*sys.argv[1:])
