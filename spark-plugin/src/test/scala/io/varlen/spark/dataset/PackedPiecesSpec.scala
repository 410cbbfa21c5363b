package io.varlen.spark.dataset

import io.varlen.packing.{PackedRow, Segment}
import io.varlen.sequence.CuSeqlens
import org.scalatest.funspec.AnyFunSpec

import scala.jdk.CollectionConverters._

class PackedPiecesSpec extends AnyFunSpec {
  private def row(ids: Seq[Int], segments: Segment*) = new PackedRow(
    0,
    ids.toArray.padTo(20, -1),
    ids.size,
    CuSeqlens.ofLengths(segments.map(_.tokenCount): _*),
    segments.asJava,
    null
  )

  private def join(rows: PackedRow*): Seq[(String, Seq[Int])] =
    PackedPieces
      .join(rows.flatMap(PackedPieces.of(_).asScala).sortBy(_._1).iterator.asJava)
      .asScala
      .map(sequence => sequence.docId -> sequence.ids.toSeq)
      .toSeq

  describe("PackedPieces") {
    it("brings the pieces of documents together whatever rows they lie in") {
      val last = row(Seq(7, 8, 1), new Segment("b", 0, 1, 4, 2), new Segment("a", 0, 0, 0, 1))
      val first = row(Seq(3, 4, 5, 6), new Segment("b", 0, 0, 0, 4))
      assert(join(last, first) == Seq("a" -> Seq(1), "b" -> Seq(3, 4, 5, 6, 7, 8)))
      assert(join() == Seq.empty)
    }

    it("names a document whose pieces do not fit together") {
      def failure(segments: Segment*) = intercept[IllegalStateException] {
        join(row(segments.flatMap(s => Seq.fill(s.tokenCount)(1)), segments: _*))
      }.getMessage
      assert(failure(new Segment("x", 0, 1, 4, 2)).startsWith("document x: found chunk 1 at token 4 where chunk 0"))
      assert(failure(new Segment("x", 0, 0, 0, 4), new Segment("x", 0, 2, 8, 1)).contains("where chunk 1 at token 4"))
      assert(failure(new Segment("x", 0, 0, 0, 4), new Segment("x", 0, 1, 5, 1)).contains("chunk 1 at token 5"))
      assert(failure(new Segment("x", 0, 0, 0, 4), new Segment("x", 0, 0, 0, 4)).contains("found chunk 0 at token 0"))
    }
  }
}
