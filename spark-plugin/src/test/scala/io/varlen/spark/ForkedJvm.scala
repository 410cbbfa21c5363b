package io.varlen.spark

import java.lang.management.ManagementFactory
import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._

/** Runs a main class in a JVM of its own, with this one's class path and options and perhaps more. */
object ForkedJvm {
  final case class Outcome(status: Int, output: String) {
    def value(key: String): String =
      output.linesIterator
        .find(_.startsWith(key + "="))
        .getOrElse(throw new AssertionError(output))
        .drop(key.length + 1)
  }

  def run(main: Class[_], args: String*): Outcome = runWith()(main, args: _*)

  /** With options that outdo this JVM's. */
  def runWith(options: String*)(main: Class[_], args: String*): Outcome = {
    val log = Folders.create("fork").resolve("output.txt")
    finish(start(options, log, main, args), log)
  }

  private def finish(process: Process, log: Path): Outcome = {
    if (!process.waitFor(180, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
    Outcome(process.exitValue, Files.readString(log))
  }

  /** Begins one and does not wait for it. */
  def begin(main: Class[_], args: String*): Process =
    start(Nil, Folders.create("fork").resolve("output.txt"), main, args)

  /** In another environment. */
  def runIn(environment: Map[String, String])(main: Class[_], args: String*): Outcome = {
    val log = Folders.create("fork").resolve("output.txt")
    finish(start(Nil, log, main, args, environment), log)
  }

  private def start(
      more: Seq[String],
      log: Path,
      main: Class[_],
      args: Seq[String],
      environment: Map[String, String] = Map.empty
  ): Process = {
    val options = ManagementFactory.getRuntimeMXBean.getInputArguments.asScala ++ more
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString
    val command = Seq(java) ++ options ++ Seq("-cp", System.getProperty("java.class.path"), main.getName) ++ args
    val builder = new ProcessBuilder(command: _*)
    builder.environment.putAll(environment.asJava)
    builder.redirectErrorStream(true).redirectOutput(log.toFile).start()
  }
}
