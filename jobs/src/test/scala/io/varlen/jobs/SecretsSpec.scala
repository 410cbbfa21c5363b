package io.varlen.jobs

import io.varlen.spark.VarlenPlugin
import org.apache.hadoop.fs.RawLocalFileSystem
import org.scalatest.funspec.AnyFunSpec

import java.lang.management.ManagementFactory
import java.net.URI
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._
import scala.util.Using

/** No secret of a configuration or in a URI is printed, logged or written, whatever a command does and however it ends.
  */
class SecretsSpec extends AnyFunSpec {
  import SecretsSpec._

  private val folder = TestFiles.newFolder("secrets")
  private val docs = Files.createDirectories(folder.resolve("docs"))
  Files.writeString(docs.resolve("cats.txt"), "Cats sleep most of the day.\n")
  Files.writeString(docs.resolve("ships.txt"), "A ship crosses the sea. " * 40)
  private val broken = Files.createDirectories(folder.resolve("broken"))
  Files.write(broken.resolve("bytes.txt"), Array[Byte](-1, 0x41))

  private lazy val (status, output) = {
    val log = folder.resolve("output.txt")
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString
    val command = Seq(java) ++ ManagementFactory.getRuntimeMXBean.getInputArguments.asScala ++
      Seq("-cp", System.getProperty("java.class.path"), classOf[SecretsApp].getName, folder.toString)
    val process = new ProcessBuilder(command: _*).redirectErrorStream(true).redirectOutput(log.toFile).start()
    if (!process.waitFor(180, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
    (process.exitValue, Files.readString(log))
  }

  private def results = output.linesIterator.filter(_.startsWith("== ")).toSeq

  describe("secrets") {
    it("are neither printed nor logged") {
      assert(status == 0, output)
      assert(
        results == Seq(
          "== pack: 0",
          "== pack again: 0",
          "== verify: 0",
          "== inspect: 0",
          "== report: 0",
          "== embed: 0",
          "== export: 0",
          "== remove: 0",
          "== doctor: 0",
          "== quarantine: 0",
          "== no input: 2",
          "== no text: 2",
          "== no model: 2",
          "== other options: 2"
        ),
        output
      )
      assert(Marks.filter(output.contains(_)).isEmpty, output.linesIterator.filter(l => Marks.exists(l.contains)).toSeq)
      assert(output.contains("packed into marked://***@store/") && output.contains("varlen on executor driver"), output)
      assert(output.contains("document") && output.contains("marked://***@store"), output)
    }
    it("are in no file that a job writes") {
      assert(status == 0, output)
      val written = Using.resource(Files.walk(folder))(_.iterator.asScala.filter(Files.isRegularFile(_)).toList)
      assert(written.exists(_.endsWith("_varlen/manifest.json")) && written.exists(_.endsWith("_varlen/report.json")))
      val telling = written.filter { file =>
        val content = new String(Files.readAllBytes(file), ISO_8859_1)
        Marks.exists(content.contains)
      }
      assert(telling.isEmpty)
      val manifest = Files.readString(folder.resolve("packed/_varlen/manifest.json"))
      assert(manifest.contains("marked://***@store"), manifest)
    }
  }
}

object SecretsSpec {
  val Setting = "marked-setting-7f3a"
  val Password = "marked-password-91bc"
  val Marks: Seq[String] = Seq(Setting, Password)
  val Store = s"marked://me:$Password@store"
}

/** The local disk as a store that is reached with a password. */
class MarkedFileSystem extends RawLocalFileSystem {
  override def getScheme: String = "marked"
  override def getUri: URI = URI.create(SecretsSpec.Store + "/")
}

object SecretsApp {
  def main(args: Array[String]): Unit = {
    val folder = SecretsSpec.Store + args(0)
    val common = Seq(
      "--master=local[2]",
      s"--conf=spark.hadoop.fs.s3a.secret.key=${SecretsSpec.Setting}",
      s"--conf=spark.hadoop.fs.marked.impl=${classOf[MarkedFileSystem].getName}",
      s"--conf=spark.plugins=${classOf[VarlenPlugin].getName}"
    )
    def run(name: String, command: String*): Unit = {
      val outcome = Cli.run(command ++ common: _*)
      println(outcome.out + outcome.err)
      println(s"== $name: ${outcome.status}")
    }
    val pack = Seq("pack", "--tokenizer", "builtin:all-minilm-l6-v2", "--seq-len", "64")
    val packed = s"$folder/packed"
    val ids = java.nio.file.Files.writeString(java.nio.file.Path.of(args(0), "ids.txt"), "docs/cats.txt\n").toString
    run("pack", pack ++ Seq("--input", s"$folder/docs", "--output", packed): _*)
    run("pack again", pack ++ Seq("--input", s"$folder/docs", "--output", packed, "--json"): _*)
    run("verify", "verify", "--input", packed)
    run("inspect", "inspect", "--input", packed)
    run("report", "report", "--input", packed, "--output", s"$folder/page.html", "--json")
    val model = Seq("--model", "builtin:all-minilm-l6-v2")
    run("embed", Seq("embed", "--input", packed, "--output", s"$folder/embedded", "--json") ++ model: _*)
    run("export", "export", "--input", packed, "--format", "jsonl", "--output", s"$folder/exported")
    run("remove", "remove", "--input", packed, "--doc-ids", ids)
    run("doctor", "doctor", "--json")
    val bad = Seq("--input", s"$folder/broken", "--output", s"$folder/kept", "--bad-records", "quarantine")
    run("quarantine", pack ++ bad: _*)
    run("no input", pack ++ Seq("--input", s"$folder/nowhere", "--output", s"$folder/none"): _*)
    run("no text", pack ++ Seq("--input", s"$folder/broken", "--output", s"$folder/none"): _*)
    run("no model", "embed", "--input", packed, "--output", s"$folder/none", "--model", s"$folder/no-model")
    run("other options", pack ++ Seq("--input", s"$folder/docs", "--output", packed, "--seed", "5"): _*)
  }
}

class SecretsApp
