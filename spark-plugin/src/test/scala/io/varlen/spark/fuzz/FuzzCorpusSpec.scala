package io.varlen.spark.fuzz

import io.varlen.InvalidInputException
import io.varlen.spark.{Folders, TestFiles}
import io.varlen.spark.input.{InputFuzzTarget, ParquetRecords}
import org.apache.parquet.io.api.Binary
import org.scalatest.funspec.AnyFunSpec

import java.nio.ByteBuffer
import java.nio.file.{Files, Path}

/** What fuzz runs found, made small: files in the resources, and calls. */
class FuzzCorpusSpec extends AnyFunSpec {
  private val corpus = Path.of(getClass.getResource("/fuzz").toURI)
  private lazy val readers = InputFuzzTarget.all(Folders.create("corpus"))

  private def told(reader: String, file: String): String = {
    var reasons = Seq.empty[String]
    try readers.find(_.name == reader).get.read(Files.readAllBytes(corpus.resolve(file)), reasons :+= _)
    catch { case e: InvalidInputException => reasons :+= e.getMessage }
    assert(reasons.nonEmpty, s"$file is taken")
    reasons.mkString("; ")
  }

  describe("a Parquet file") {
    it("of which a value is longer than its page is a bad record, whatever memory the length asks for") {
      assert(told("parquet", "value-longer-than-its-page.parquet").contains("cannot be read as Parquet"))
      val value = Binary.fromReusedByteBuffer(ByteBuffer.allocate(10), 2, 3)
      assert(ParquetRecords.bytes(value).length == 3)
      val beyond = Binary.fromReusedByteBuffer(ByteBuffer.allocate(10), 2, Int.MaxValue - 8)
      assertThrows[IllegalArgumentException](ParquetRecords.bytes(beyond))
    }

    it("with more values than rows is a bad record, not a failure of the disk") {
      assert(told("parquet", "more-values-than-rows.parquet").contains("but got 42 values"))
    }
  }

  describe("the corpus") {
    it("is all read here") {
      assert(TestFiles.listing(corpus).size == 2)
    }
  }
}
