"""A standalone Spark cluster of several processes on loopback, and the command line as its client."""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPARK = ROOT / "jobs/target/spark-home"
JAVA = os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"
MARK = "S3cret-mark-that-must-stay-inside"
PROGRESS = re.compile(r"(?:\x1b\[K|^)(\w+) .*?(\d+) %  ([\d,]+) of ([\d,]+)")


def one(pattern):
    found = sorted(ROOT.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"{pattern}: {len(found)} files; build the jars first")
    return str(found[0])


def scala_version():
    return re.search(r"scala-library-(2\.\d+)", one("jobs/target/spark-home/jars/scala-library-2.*.jar")).group(1)


def environment(home, **more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_")}
    return kept | {"SPARK_HOME": str(home), "SPARK_SCALA_VERSION": scala_version(), "SPARK_LOCAL_IP": "127.0.0.1", "LC_ALL": "C.UTF-8"} | more


def await_(what, seconds, ready):
    end = time.time() + seconds
    while time.time() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.02)
    raise RuntimeError(f"no {what} within {seconds} s")


class Cluster:
    """A master and workers with so many cores, one executor of one core per core. Pinned, worker n and its executors have processor n alone."""

    def __init__(self, folder, workers, executor_memory="512m", class_path=(), pinned=False):
        self.folder = Path(folder).resolve()
        self.workers, self.processes, self.submit_prefix = [], [], None
        self.executor_memory, self.class_path = executor_memory, list(class_path)
        home = self.folder / "home"
        home.mkdir(parents=True)
        (home / "jars").symlink_to(SPARK / "jars")
        self.home = home
        self.jar = shutil.copy(one("jobs/target/varlen-spark-*-all.jar"), self.folder)
        self.count, self.current = 0, None
        master_log = self.daemon("master", "org.apache.spark.deploy.master.Master", "--port", "0")
        found = await_("master", 60, lambda: re.search(r"Starting Spark master at (spark://\S+)", master_log.read_text("utf-8")))
        self.url = found.group(1)
        for i, cores in enumerate(workers):
            log = self.daemon(
                f"worker-{i}", "org.apache.spark.deploy.worker.Worker", "--cores", str(cores), "--memory", "4g",
                "--work-dir", str(self.folder / f"work-{i}"), self.url,
                prefix=["taskset", "--cpu-list", str(i)] if pinned else [],
            )
            self.workers.append(self.processes[-1])
            await_("worker", 60, lambda log=log: "Successfully registered with master" in log.read_text("utf-8"))
        self.slots = sum(workers)

    def daemon(self, name, main, *arguments, prefix=()):
        log = self.folder / f"{name}.log"
        command = [*prefix, JAVA, "-Xmx256m", "-cp", f"{SPARK}/jars/*", main, "--host", "127.0.0.1", "--webui-port", "0", *arguments]
        local = self.folder / f"local-{name}"
        with open(log, "wb") as out:
            self.processes.append(
                subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment(self.home, SPARK_LOCAL_DIRS=str(local)))
            )
        return log

    def executors(self):
        """The executors that run, by their ids: children of our own workers."""
        found = {}
        for worker in self.workers:
            for task in Path(f"/proc/{worker.pid}/task").iterdir():
                try:
                    children = (task / "children").read_text().split()
                except OSError:
                    continue
                for pid in children:
                    try:
                        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                    except OSError:
                        continue
                    if "--executor-id" in words:
                        found[words[words.index("--executor-id") + 1]] = (int(pid), words[words.index("--app-id") + 1])
        return found

    def await_idle(self):
        """Until no executor of an earlier application is left."""
        await_("end of the last application's executors", 90, lambda: not self.executors())

    def command(self, arguments, conf):
        if self.submit_prefix is None:
            launcher = [JAVA, "-cp", f"{SPARK}/jars/*", "org.apache.spark.launcher.Main", "org.apache.spark.deploy.SparkSubmit"]
            launcher += ["--driver-memory", "512m", "--driver-class-path", ":".join(self.class_path), "--class", "x", "REST"]
            said = subprocess.run(launcher, stdout=subprocess.PIPE, env=environment(self.home), check=True).stdout.decode()
            words = [word for word in said.lstrip("\0\n").split("\0") if word]
            logging = f"-Dlog4j2.configurationFile=file:{ROOT}/jobs/bin/log4j2.properties"
            self.submit_prefix = [words[0], logging, *words[1 : words.index("org.apache.spark.deploy.SparkSubmit") + 1]]
        settings = {
            "spark.executor.memory": self.executor_memory,
            "spark.executor.cores": "1",
            "spark.cores.max": str(self.slots),
            "spark.ui.enabled": "false",
            "spark.local.dir": str(self.folder / "local-driver"),
            "spark.executor.extraClassPath": ":".join(self.class_path),
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.hadoop.fs.s3a.secret.key": MARK,
            **conf,
        }
        words = [*self.submit_prefix, "--master", self.url]
        for key, value in settings.items():
            words += ["--conf", f"{key}={value}"]
        return [*words, "--class", "io.varlen.jobs.Main", self.jar, *arguments]

    def start(self, arguments, conf=None, name=None):
        self.await_idle()
        for jar in self.folder.glob("work-*/app-*/*/*.jar"):  # each executor's copy
            jar.unlink()
        self.count += 1
        log = self.folder / "runs" / (name or f"{self.count:03d}-{arguments[0]}")
        self.current = Run(self.command(arguments, conf or {}), log, self.home)
        return self.current

    def close(self):
        if self.current and self.current.running():
            self.current.kill()
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Run:
    """One command in a driver of its own."""

    def __init__(self, command, log, home):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log, self.began = log, time.time()
        self.stage, self.done, self.total, self.registered = "", 0, 1, set()
        self.err = []
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=open(f"{log}.out", "wb"), stderr=subprocess.PIPE,
            env=environment(home, VARLEN_TERMINAL="1"), bufsize=0,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with open(f"{self.log}.err", "wb") as out:
            rest = b""
            while chunk := self.process.stderr.read(1 << 16):
                out.write(chunk)
                out.flush()
                lines = re.split(rb"[\r\n]", rest + chunk)
                rest = lines.pop()
                for line in lines:
                    self.said(line.decode("utf-8", "replace"))
                self.said(rest.decode("utf-8", "replace"), whole=False)

    def said(self, line, whole=True):
        found = PROGRESS.search(line)
        if found:
            self.stage, self.done, self.total = found.group(1), int(found.group(3).replace(",", "")), int(found.group(4).replace(",", ""))
        found = re.search(r"Registered executor .* with ID (\d+)", line)
        if found:
            self.registered.add(found.group(1))
        if whole:
            self.err.append(line.replace("\x1b[K", ""))

    def running(self):
        return self.process.poll() is None

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)

    def wait(self, seconds=300):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
            raise RuntimeError(f"{self.log}: still running after {seconds} s")
        self.reader.join(10)
        self.status, self.seconds = self.process.returncode, time.time() - self.began
        self.out = Path(f"{self.log}.out").read_text("utf-8")
        return self

    def text(self):
        return "\n".join(self.err)

    def lines(self):
        """What a user sees on standard error, without progress."""
        return [line for line in self.err if line.strip() and not PROGRESS.search(line)]


if __name__ == "__main__":
    sys.exit(__doc__)
