package io.varlen.jobs

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.varlen.spark.VarlenConf
import io.varlen.spark.sql.VarlenFunctions
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** The Zeppelin notes name what there is, and hold no outputs; the tier zeppelin runs them. */
class ZeppelinSpec extends AnyFunSpec {
  private val folder = TestFiles.checkout.resolve("notebooks/zeppelin")

  private case class Note(name: String, paragraphs: List[JsonNode]) {
    def texts(interpreter: String): List[String] = paragraphs
      .map(_.get("text").asText)
      .filter(_.startsWith(s"%$interpreter\n"))
    def found(interpreter: String, pattern: String): List[String] =
      texts(interpreter).flatMap(pattern.r.findAllMatchIn(_).map(_.group(1)))
  }

  private lazy val notes: List[Note] = {
    val files = Files.list(folder)
    try
      files
        .iterator()
        .asScala
        .filter(_.toString.endsWith(".zpln"))
        .map(read)
        .toList
    finally files.close()
  }

  private def read(file: Path): Note = {
    val note = new ObjectMapper().readTree(file.toFile)
    assert(note.get("defaultInterpreterGroup").asText == "spark" && note.get("name").asText.nonEmpty)
    Note(file.getFileName.toString, note.get("paragraphs").elements().asScala.toList)
  }

  it("are the two that the README lists, in all three languages, without outputs") {
    val readme = Files.readString(folder.resolve("README.md"))
    assert(notes.map(_.name).toSet == Set("pack-a-corpus.zpln", "search-a-corpus.zpln"))
    for (note <- notes) {
      assert(readme.contains(s"[${note.name}](${note.name})"))
      for (interpreter <- List("md", "spark.conf", "spark", "spark.sql", "spark.pyspark"))
        assert(note.texts(interpreter).nonEmpty, s"${note.name} has no %$interpreter")
      for (paragraph <- note.paragraphs) {
        val fields = paragraph.fieldNames.asScala.toSet
        assert(fields == Set("title", "text", "config", "settings", "apps", "id", "status"))
        assert(paragraph.get("status").asText == "READY")
      }
    }
  }

  it("name classes, SQL functions, keys and functions of Python that there are") {
    val functions = VarlenFunctions.all.asScala.map(_.name).toSet
    val known = VarlenConf.entries.asScala.map(_.key).toSet
    val python = Files.readString(TestFiles.checkout.resolve("spark-plugin/python/src/spark_varlen/__init__.py"))
    val kinds = notes.map { note =>
      val imported = note.found("spark", "import (io\\.varlen\\.\\S+)")
      val called = note.found("spark.sql", "\\b(varlen_\\w+)") ++ note.found("spark.pyspark", "\\b(varlen_\\w+)")
      val keys = note.found("spark.conf", "(spark\\.varlen\\.\\S+)")
      val used = note.found("spark.pyspark", "\\bsv\\.(\\w+)")
      imported.foreach(Class.forName(_, false, getClass.getClassLoader))
      assert(called.filterNot(functions.contains).isEmpty, note.name)
      assert(keys.filterNot(known.contains).isEmpty, note.name)
      assert(used.filterNot(name => python.contains("\"" + name + "\"")).isEmpty, note.name)
      List(imported, called, used).map(_.nonEmpty)
    }
    assert(kinds.forall(_.forall(identity)))
  }
}
