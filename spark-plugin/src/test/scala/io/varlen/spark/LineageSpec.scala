package io.varlen.spark

import io.varlen.InvalidInputException
import io.varlen.spark.job._
import java.nio.file.Files
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** From documents to rows and back, as a table and by inspect. */
class LineageSpec extends AnyFunSpec {
  import RemoveJobSpec.pack

  private lazy val documents = (0 until 30).map(i => s"d$i" -> "x " * (1 + i % 7)) ++
    Seq("long" -> "xx " * 100, "none" -> "", "none too" -> "", "it's" -> "x")
  private lazy val dataset = pack(documents, special = false)

  private def locate(ids: String*): Seq[DocumentView] =
    new LocateJob(LocalSpark.session, new LocateOptions(dataset.url, ids.asJava), JobProgress.NONE).run().asScala.toSeq

  it("has one row per segment, with its place in its row and in its document") {
    val expected = for {
      row <- dataset.rows.values.toSet[RemoveJobSpec.Stored]
      (segment, i) <- row.segments.zipWithIndex
    } yield (
      (segment.docId, segment.source, segment.chunk, segment.start, segment.count),
      (row.rowId, i, row.cuSeqlens(i), row.part)
    )
    val table = Lineage.of(LocalSpark.session, dataset.url)
    assert(
      table.columns.toSeq == Seq(
        "doc_id",
        "source",
        "chunk",
        "token_start",
        "token_count",
        "row_id",
        "segment",
        "row_start",
        "part"
      )
    )
    val found = table.collect().map { row =>
      (
        (row.getString(0), row.getInt(1), row.getInt(2), row.getLong(3), row.getInt(4)),
        (row.getLong(5), row.getInt(6), row.getInt(7), row.getString(8))
      )
    }
    assert(found.length == expected.size && found.toSet == expected)
  }

  it("reads what the manifest names, whatever else lies there, and refuses to miss a part") {
    val copy = dataset.copy()
    val segments = Lineage.of(LocalSpark.session, copy.url).count()
    Files.copy(copy.path.resolve(copy.parts.head), copy.path.resolve("part-00000000-00007.parquet"))
    assert(Lineage.of(LocalSpark.session, copy.url).count() == segments)
    Files.delete(copy.path.resolve(copy.parts.head))
    assert(intercept[InvalidInputException](Lineage.of(LocalSpark.session, copy.url)).getMessage.contains("is missing"))
  }

  describe("inspect --doc") {
    it("shows every piece of a document, by chunk, with its row, which shows the document in turn") {
      val Seq(long, other) = locate("long", "it's")
      assert(long.docId == "long" && long.state == "packed" && long.tokens == 100 && long.pieces.size == 7)
      assert(long.pieces.asScala.map(_.chunk) == (0 to 6))
      assert(long.pieces.asScala.map(_.tokenStart) == (0 to 6).map(_ * 16L))
      assert(long.origin.input.endsWith("in0.jsonl") && long.origin.file == null && other.pieces.size == 1)
      val rows = dataset.rows
      for (piece <- long.pieces.asScala ++ other.pieces.asScala) {
        val row = rows(piece.rowId)
        assert(row.part == piece.part && row.cuSeqlens(piece.segment) == piece.from)
        assert(row.segments(piece.segment).chunk == piece.chunk)
        assert(row.segments(piece.segment).count == piece.tokenCount)
      }
    }

    it("says what became of documents that are in no row") {
      val copy = dataset.copy()
      copy.remove(Set("d3", "none"))
      val job = new LocateJob(
        LocalSpark.session,
        new LocateOptions(copy.url, Seq("d3", "none too", "none", "d4").asJava),
        JobProgress.NONE
      )
      val views = job.run().asScala
      assert(views.map(_.state) == Seq("removed", "empty", "removed", "packed"))
      assert(views.head.tokens == 4 && views.head.pieces.isEmpty)
    }

    it("refuses ids that are nowhere") {
      val message = intercept[InvalidInputException](locate("d1", "nope", "nor this")).getMessage
      assert(message.contains("--doc nope") && message.contains("1 more") && !message.contains("\n"), message)
    }
  }
}
