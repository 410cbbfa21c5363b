package io.varlen.spark

import java.lang.management.ManagementFactory
import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._

/** Runs a main class in a JVM of its own, with this one's class path and options. */
object ForkedJvm {
  final case class Outcome(status: Int, output: String) {
    def value(key: String): String =
      output.linesIterator
        .find(_.startsWith(key + "="))
        .getOrElse(throw new AssertionError(output))
        .drop(key.length + 1)
  }

  def run(main: Class[_], args: String*): Outcome = {
    val (process, log) = start(main, args: _*)
    if (!process.waitFor(180, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
    Outcome(process.exitValue, Files.readString(log))
  }

  /** The process, and the file that its output goes to. */
  def start(main: Class[_], args: String*): (Process, Path) = {
    val options = ManagementFactory.getRuntimeMXBean.getInputArguments.asScala
    val log = Folders.create("fork").resolve("output.txt")
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString
    val command = Seq(java) ++ options ++ Seq("-cp", System.getProperty("java.class.path"), main.getName) ++ args
    val process = new ProcessBuilder(command: _*).redirectErrorStream(true).redirectOutput(log.toFile).start()
    (process, log)
  }
}
