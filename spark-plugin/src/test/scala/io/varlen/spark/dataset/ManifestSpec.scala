package io.varlen.spark.dataset

import com.fasterxml.jackson.databind.node.ObjectNode
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.varlen.InvalidInputException
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.job.{JobProgress, PackJob, PackOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles, TinyLlama}
import io.varlen.tokenizer.TokenizerSources
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.Files
import scala.jdk.CollectionConverters._

class ManifestSpec extends AnyFunSpec {
  private val mapper = new ObjectMapper()

  private lazy val folder = {
    val input = TestFiles.write(Folders.create("corpus").resolve("lines.txt"), "a b c\nd e\n")
    val out = Folders.create("packed").resolve("out")
    val options =
      new PackOptions(
        new InputOptions(Seq(input.toString).asJava, InputFormat.LINES),
        TokenizerSources.resolve(TinyLlama.folder.toString),
        8,
        out.toString
      )
    new PackJob(LocalSpark.session, options, JobProgress.NONE).run()
    out
  }
  private lazy val file = folder.resolve("_varlen/manifest.json")
  private lazy val right = Files.readString(file)

  private def open(manifest: String): PackedDataset = {
    Files.writeString(file, manifest)
    try PackedDataset.open(LocalSpark.context.hadoopConfiguration(), folder.toString)
    finally Files.writeString(file, right)
  }

  /** What is said of the manifest with another value at a JSON pointer. */
  private def refusal(pointer: String, value: String): String = {
    val root = mapper.readTree(right)
    val at = pointer.lastIndexOf('/')
    root.at(pointer.substring(0, at)) match {
      case o: ObjectNode => o.set[JsonNode](pointer.substring(at + 1), mapper.readTree(value))
      case a: com.fasterxml.jackson.databind.node.ArrayNode =>
        a.set(pointer.substring(at + 1).toInt, mapper.readTree(value))
      case other => fail(s"$pointer leads to $other")
    }
    val message = intercept[InvalidInputException](open(mapper.writeValueAsString(root))).getMessage
    assert(message.contains("_varlen/manifest.json is no manifest"))
    message
  }

  describe("a manifest") {
    it("is read as it was written") {
      assert(open(right).manifest.parts.size == 1)
    }

    it("names nothing outside of its folder") {
      for (name <- Seq("../secret", "/etc/passwd", "file:///etc/passwd", "a/../../b", "..", "", "a//b", "a\\u0000b")) {
        assert(refusal("/parts/0/file", s""""$name"""").contains("no file of the folder"), name)
        assert(refusal("/tokenizer/folder", s""""$name"""").contains("no file of the folder"), name)
      }
      assert(
        refusal(
          "/removals",
          """[{"files":["../x"],"documents":1,"empty_documents":0,"dropped_documents":0,"tokens":1}]"""
        )
          .contains("no file of the folder")
      )
    }

    it("is whole, with numbers that can be") {
      assert(refusal("/parts/0", "null").contains("parts holds a null"))
      assert(refusal("/parts/0/file", "null").contains("a file's name"))
      assert(refusal("/packing/lengths", "null").contains("lengths"))
      assert(refusal("/packing/lengths/counts", "[1,2,3,4]").contains("lengths but 4 counts"))
      assert(refusal("/packing/lengths/lengths/0", "-1").contains("of length -1"))
      assert(refusal("/packing/documents", """{"lengths":null,"counts":[]}""").contains("lengths"))
      assert(refusal("/packing/seq_len", "-5").contains("--seq-len is -5"))
      assert(refusal("/packing/strategy", "\"best\"").contains("no packing strategy 'best'"))
      assert(refusal("/packing/digest", "\"12\"").contains("32 bytes"))
      assert(refusal("/packing/ledger", "null").contains("ledger"))
      assert(refusal("/packing/ledger/sources/0", "null").contains("sources holds a null"))
      assert(refusal("/packing/sources", "null").contains("sources"))
      assert(refusal("/appends", "[null]").contains("appends holds a null"))
      assert(intercept[InvalidInputException](open("null")).getMessage.contains("is no manifest"))
    }
  }
}
