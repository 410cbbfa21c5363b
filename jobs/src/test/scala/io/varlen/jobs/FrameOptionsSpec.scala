package io.varlen.jobs

import io.varlen.spark.frame.FrameJob
import org.scalatest.funspec.AnyFunSpec
import picocli.CommandLine

import java.io.PrintWriter
import java.nio.file.Files
import scala.jdk.CollectionConverters._

/** Options of DataFrames are those of the command line, but for where files come from and go to. */
class FrameOptionsSpec extends AnyFunSpec {
  private val ofFolders = Set("input", "input-format", "output", "overwrite", "append")
  private val commands =
    Main.commandLine(new PrintWriter(System.out), new PrintWriter(System.err)).getSubcommands.asScala
  private val common = names(new CommandLine(new CommonOptions)) ++ Set("help", "version")

  private def names(command: CommandLine): Set[String] =
    command.getCommandSpec.options.asScala.flatMap(_.names).filter(_.startsWith("--")).map(_.drop(2)).toSet

  describe("options of jobs on a DataFrame") {
    for (job <- Seq(FrameJob.PACK, FrameJob.EMBED, FrameJob.SCORE, FrameJob.ATTEND))
      it(s"are those of the command, for ${job.optionName}") {
        assert(job.jobOptions.asScala.toSet == names(commands(job.optionName)) -- ofFolders -- common)
      }
    it("are there where the README of spark-plugin uses them") {
      val readme = Files.readString(TestFiles.checkout.resolve("spark-plugin/README.md"))
      val all = FrameJob.values.flatMap(_.jobOptions.asScala).toSet ++ Set("job", "view")
      val used = "option\\(\"([^\"]+)\"".r.findAllMatchIn(readme).map(_.group(1)).toSeq
      assert(used.size > 3 && used.filterNot(all).isEmpty)
      val calls = "(\\w+)Settings\\.of\\([^)]*\\)((?:\\.\\w+\\([^)]*\\))*)".r.findAllMatchIn(readme).toSeq
      assert(calls.size >= 5)
      for (call <- calls) {
        val settings = Class.forName(s"io.varlen.spark.frame.${call.group(1)}Settings")
        val methods = settings.getMethods.map(_.getName).toSet
        for (method <- "\\.(\\w+)\\(".r.findAllMatchIn(call.group(2)).map(_.group(1)))
          assert(methods(method), call.matched)
        val operation = call.group(1).toLowerCase
        assert(
          classOf[io.varlen.spark.Varlen]
            .getMethod(operation, classOf[org.apache.spark.sql.Dataset[_]], settings) != null
        )
      }
      for (
        name <- "`((?:text|ids)Column|idColumn|badRecords|specialTokens|output)[(`]".r
          .findAllMatchIn(readme)
          .map(_.group(1))
      )
        assert(classOf[io.varlen.spark.frame.PackSettings].getMethods.exists(_.getName == name), name)
    }
  }
}
