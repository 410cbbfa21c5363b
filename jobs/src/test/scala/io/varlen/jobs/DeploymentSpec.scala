package io.varlen.jobs

import java.io.PrintWriter
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** The schedules of jobs/deploy name commands and options that there are; what runs them is the tier schedule. */
class DeploymentSpec extends AnyFunSpec {
  private val deploy = TestFiles.moduleFolder.resolve("deploy")
  private val silent = new PrintWriter(java.io.Writer.nullWriter())

  private def read(file: String): String = Files.readString(deploy.resolve(file))

  /** The items of a manifest's lists of arguments, without quotes. */
  private def arguments(manifest: String): List[List[String]] = {
    val lists = "(?m)^( *)(?:args|arguments):\\R((?:\\1  - .*\\R)+)".r
    lists
      .findAllMatchIn(manifest)
      .map(_.group(2).linesIterator.map(_.trim.stripPrefix("- ").replaceAll("^\"(.*)\"$", "$1")).toList)
      .toList
  }

  /** Of a DAG's stages, with a number in place of each parameter, as all of its values may be one. */
  private def stages(dag: String): List[List[String]] =
    "(?m)^    \"(\\w+)\": ((?:\\s*\".*\")+),$".r
      .findAllMatchIn(dag)
      .filter(_.group(2).contains("--"))
      .map(_.group(2).replaceAll("\"\\s*\"", "").replace("\"", ""))
      .map(_.replace("{{params.master}}", "local").replace("{{params.input_format}}", "jsonl"))
      .map(_.replaceAll("\\{\\{params\\.\\w+}}", "8").split(" ").toList)
      .toList

  /** Of a crontab, which quotes its variables. */
  private def cron(table: String): List[List[String]] =
    "\"\\$VARLEN\" ([^&']*)".r.findAllMatchIn(table).map(_.group(1).trim.replace("\"", "").split(" ").toList).toList

  private def parse(words: List[String]): Unit = {
    val commands = Main.commandLine(silent, silent)
    withClue(words.mkString("varlen ", " ", ": "))(commands.parseArgs(words: _*))
  }

  private def assertCommands(lines: List[List[String]], commands: String*): Unit = {
    assert(lines.map(_.head) == commands)
    lines.foreach(parse)
  }

  it("knows every command and option of the DAG") {
    assertCommands(stages(read("airflow/varlen_pipeline.py")), "pack", "verify", "embed", "report")
  }

  it("knows every command and option of the manifests, each of which asks for the line that a scheduler reads") {
    val pod = arguments(read("kubernetes/cron-job.yaml"))
    assert(pod.forall(_.contains("io.varlen.jobs.Main")))
    val stages = pod.map(words => words.drop(words.indexOf("io.varlen.jobs.Main") + 2))
    assertCommands(stages, "pack", "verify", "embed")
    val applications = List("scheduled-spark-application.yaml", "spark-application.yaml")
      .flatMap(manifest => arguments(read(s"kubernetes/$manifest")))
    assertCommands(applications, "pack", "embed")
    assert((stages ++ applications).forall(_.last == "--json"))
  }

  it("knows every command and option of the crontab") {
    val stages = cron(read("cron/varlen.cron"))
    assertCommands(stages, "pack", "verify", "embed")
    assert(stages.forall(_.last == "--json"))
  }

  it("has looked at every file that is deployed") {
    val files = Files.walk(deploy)
    try {
      val names = files.iterator().asScala.filter(Files.isRegularFile(_)).map(_.getFileName.toString).toSet
      val known = Set("varlen_pipeline.py", "varlen.cron", "README.md")
      assert(names.filterNot(_.endsWith(".yaml")) == known)
      assert(names.count(_.endsWith(".yaml")) == 3)
    } finally files.close()
  }
}
