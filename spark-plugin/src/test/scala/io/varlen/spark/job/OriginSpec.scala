package io.varlen.spark.job

import io.varlen.spark.dataset.Fingerprint
import java.util.TreeMap
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** What ids tell of where documents came from. */
class OriginSpec extends AnyFunSpec {
  private def origin(input: String, format: String, docId: String, idColumn: String = ""): String = {
    val options = new TreeMap[String, String](Map("input-format" -> format, "id-column" -> idColumn).asJava)
    val inputs = Seq("s3://other", input).map(path => new Fingerprint.InputState(path, 1, 1, "0"))
    val found = Origin.of(new Fingerprint("pack", options, inputs.asJava), 1, docId)
    assert(found.input == input)
    found.toString
  }

  it("an id of a file leads to the file") {
    assert(origin("file:/a/docs", "text", "docs/x/cats.txt") == "file:/a/docs/x/cats.txt")
    assert(origin("file:/a/cats.txt", "text", "cats.txt") == "file:/a/cats.txt")
    assert(origin("file:/a/*.txt", "text", "cats.txt") == "file:/a/cats.txt")
    assert(origin("hdfs://h/{a,b}", "text", "b/cats#7.txt") == "hdfs://h/b/cats#7.txt")
  }

  it("an id with a position leads to it") {
    assert(origin("file:/a/docs", "paragraphs", "docs/a#1.txt#812") == "file:/a/docs/a#1.txt, byte 812")
    assert(origin("file:/a/x.parquet", "parquet", "x.parquet#9") == "file:/a/x.parquet, row 9")
    assert(origin("file:/a/x.jsonl", "jsonl", "x.jsonl#0") == "file:/a/x.jsonl, byte 0")
  }

  it("any other id leads to the input") {
    assert(origin("file:/a/x.jsonl", "jsonl", "chapter#9") == "file:/a/x.jsonl")
    assert(origin("file:/a/x.jsonl", "jsonl", "x.jsonl#9", idColumn = "id") == "file:/a/x.jsonl")
    assert(origin("file:/a/*/x", "lines", "x#9") == "file:/a/*/x")
    assert(origin("file:/a/[", "lines", "x#9") == "file:/a/[")
    assert(origin("file:/a/x", "lines", "x#") == "file:/a/x")
    assert(origin("file:/a/x", "lines", "x#99999999999999999999") == "file:/a/x")
    assert(origin("file:/a/docs", "text", "docsx/y") == "file:/a/docs")
  }
}
