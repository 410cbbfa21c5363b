package io.varlen.spark.job

import io.varlen.spark.`export`.ExportFormat
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles, TinyLlama}
import io.varlen.tokenizer.TokenizerSources
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.{Files, Path, StandardCopyOption}
import scala.jdk.CollectionConverters._

/** A document's id is whatever its owner likes. It is data: it comes out as it went in, and no path is made of it. */
class HostileIdsSpec extends AnyFunSpec {
  import HostileIdsSpec._

  private def spark = LocalSpark.session

  /** Files below `deep`, by names in which jobs' fingerprints are all the same. */
  private def names(deep: Path): Seq[String] =
    TestFiles.listing(deep).keys.toSeq.map(_.replaceAll("[0-9a-f]{8}(?=[-/.])", "XXXXXXXX")).sorted

  /** Runs every job that reads or writes ids in a folder far below the one that is given, and gives the ids found. */
  private def runAll(root: Path, ids: Seq[String]): Seq[Set[String]] = {
    val deep = Files.createDirectories(root.resolve("a/b/c/d/e"))
    val lines = ids.zipWithIndex.map { case (id, i) =>
      s"""{"id":${TestFiles.json(id)},"text":"text number $i of some"}"""
    }
    val input = new InputOptions(
      Seq(TestFiles.write(deep.resolve("in.jsonl"), lines.mkString("\n")).toString).asJava,
      InputFormat.JSONL
    )
    def output(name: String) = deep.resolve(name).toString
    val tokenizer = TokenizerSources.resolve(TinyLlama.folder.toString)
    new PackJob(spark, new PackOptions(input, tokenizer, 64, output("packed")), JobProgress.NONE).run()
    new EmbedJob(
      spark,
      new EmbedOptions(new DocumentOptions(input, TinyLlama.model, output("embedded"))),
      JobProgress.NONE
    ).run()
    new ScoreJob(
      spark,
      new ScoreOptions(new DocumentOptions(input, TinyLlama.model, output("scored"))),
      JobProgress.NONE
    ).run()
    for (format <- ExportFormat.values) {
      val options = new ExportOptions(output("packed"), format, output("as-" + format.optionName), false)
      new ExportJob(spark, options, JobProgress.NONE).run()
    }
    val packed = spark.read.parquet(output("packed")).selectExpr("explode(segments.doc_id)")
    val found = packed +: Seq("embedded", "scored").map(name => spark.read.parquet(output(name)).select("doc_id"))
    val all = found.map(_.collect().map(_.getString(0)).toSet)
    removeAll(deep, ids)
    all
  }

  /** From a copy of the rows, whose lists then name them. */
  private def removeAll(deep: Path, ids: Seq[String]): Unit = {
    val copy = deep.resolve("thinned")
    TestFiles.listing(deep.resolve("packed")).keys.foreach { name =>
      Files.createDirectories(copy.resolve(name).getParent)
      Files.copy(deep.resolve("packed").resolve(name), copy.resolve(name), StandardCopyOption.REPLACE_EXISTING)
    }
    val list = TestFiles.write(deep.resolve("ids.txt"), ids.mkString("\n"))
    new RemoveJob(spark, new RemoveOptions(copy.toString, list.toString), JobProgress.NONE).run()
  }

  describe("ids that look like paths, commands and worse") {
    it("come out as they went in, and make no file that others would not make") {
      val (tame, hostile) = (Folders.create("tame"), Folders.create("hostile"))
      val ids = Hostile.indices.map(i => f"document $i%03d")
      assert(runAll(tame, ids).forall(_ == ids.toSet))
      for (found <- runAll(hostile, Hostile)) assert(found == Hostile.toSet)
      assert(names(hostile) == names(tame))
      assert(names(hostile).forall(_.startsWith("a/b/c/d/e/")) && names(hostile).size > 20)
    }
  }
}

object HostileIdsSpec {

  /** None has a line break, which is refused where ids are written as lines. */
  private val Hostile = Seq(
    "../../x",
    "../../../../../../../../tmp/varlen-hostile",
    "/etc/passwd",
    "/",
    ".",
    "..",
    "~",
    "a/../b",
    "file:///etc/passwd",
    "hdfs://nowhere/x",
    "C:\\x",
    "%2e%2e%2fx",
    "nul\u0000l",
    "\u0000",
    "\u202etxt.exe",
    "\u001b[2J",
    "$(touch x)",
    "`id`",
    "'; drop table x; --",
    "\"",
    "_varlen",
    "_varlen/manifest.json",
    ".hidden",
    "part-00000000-00000.parquet",
    "*",
    "{a,b}",
    "x=1",
    "é漢🙂",
    " ",
    "a b",
    "x" * 10240,
    "../" * 3000
  )
}
