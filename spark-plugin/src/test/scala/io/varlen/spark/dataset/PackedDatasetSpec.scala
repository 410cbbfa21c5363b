package io.varlen.spark.dataset

import io.varlen.InvalidInputException
import io.varlen.packing.{PackedRow, RowCheck, RowHash, Segment}
import io.varlen.sequence.CuSeqlens
import io.varlen.spark.{Folders, LocalSpark}
import java.nio.file.Path
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.parquet.hadoop.util.HadoopOutputFile
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

class PackedDatasetSpec extends AnyFunSpec {
  private val hadoop = new Configuration()
  private val seqLen = 16
  private val check = new RowCheck(seqLen, 0)

  private def write(rows: Seq[PackedRow], lossMask: Boolean, emit: DerivedColumn*): Path = {
    val part = Folders.create("rows").resolve("part.parquet")
    val file = HadoopOutputFile.fromPath(new HadoopPath(part.toUri), hadoop)
    val writer = new PackedRowWriter(file, hadoop, lossMask, emit.asJava)
    try rows.foreach(writer.write)
    finally writer.close()
    assert(writer.rows == rows.length)
    part
  }

  private def read(part: Path): Seq[StoredRow] = {
    val rows = PackedRowReader.open(new HadoopPath(part.toUri), hadoop)
    try rows.asScala.toList
    finally rows.close()
  }

  private def randomRow(random: Random, rowId: Long, masked: Boolean): PackedRow = {
    val lengths = Iterator.continually(1 + random.nextInt(5)).scanLeft(0)(_ + _).takeWhile(_ <= seqLen).toSeq.tail
    val cuSeqlens = CuSeqlens.ofOffsets(0 +: lengths: _*)
    val ids = Array.tabulate(seqLen)(i => if (i < cuSeqlens.total) random.nextInt() & Int.MaxValue else 0)
    val segments = (0 until cuSeqlens.count).map { i =>
      new Segment(
        random.nextString(4).replaceAll("[\ud800-\udfff]", "é"),
        random.nextInt(3),
        i,
        random.nextLong() >>> 1,
        cuSeqlens.length(i)
      )
    }
    val mask = if (masked) Array.fill(seqLen)(random.nextInt(2).toByte) else null
    new PackedRow(rowId, ids, cuSeqlens.total, cuSeqlens, segments.asJava, mask)
  }

  private def shape(row: PackedRow) = (
    row.rowId,
    row.inputIds.toSeq,
    row.nTokens,
    row.cuSeqlens,
    row.segments.asScala.toSeq,
    Option(row.lossMask).map(_.toSeq)
  )

  describe("rows") {
    for (masked <- Seq(false, true))
      it(s"come back as they were written, ${if (masked) "with" else "without"} a loss mask") {
        val seed = System.nanoTime()
        val random = new Random(seed)
        withClue(s"seed $seed: ") {
          val rows = (0 until 500).map(i => randomRow(random, i * 3L, masked))
          val stored = read(write(rows, masked, DerivedColumn.LABELS))
          assert(stored.map(_.toPackedRow(check)).map(shape) == rows.map(shape))
          assert(stored.map(_.index) == rows.indices.map(_.toLong))
          stored.zip(rows).foreach { case (found, row) =>
            assert(found.checksum == RowHash.checksum(new RowHash().of(row)))
            val labels = found.derived.get("labels")
            for (i <- 0 until seqLen) {
              val first = (0 until row.cuSeqlens.count).exists(row.cuSeqlens.start(_) == i)
              val ignored = i >= row.nTokens || first || masked && row.lossMask()(i) == 0
              assert(labels(i) == (if (ignored) -100 else row.inputIds()(i)))
            }
          }
        }
      }
  }

  describe("a row that was edited") {
    val seed = 11
    val original = write((0 until 3).map(i => randomRow(new Random(seed), i.toLong, masked = false)), lossMask = false)
    val columns = Seq("row_id", "input_ids", "n_tokens", "cu_seqlens", "segments", "checksum")

    /** The part with one column replaced by an SQL expression, as Spark writes it: columns nullable and turned around.
      */
    def edited(column: String, expression: String): Path = {
      val select = columns.reverse.map(name => if (name == column) s"$expression as $name" else name)
      val folder = Folders.create("edited").resolve("out")
      LocalSpark.session.read
        .parquet(original.toString)
        .repartition(1)
        .sortWithinPartitions("row_id")
        .selectExpr(select: _*)
        .write
        .parquet(folder.toString)
      java.nio.file.Files.list(folder).iterator().asScala.find(_.toString.endsWith(".parquet")).get
    }

    def damage(column: String, expression: String): String = {
      val rows = read(edited(column, expression))
      assert(rows.length == 3)
      val broken = intercept[InvalidInputException](rows.map(_.toPackedRow(check))).getMessage
      assert(broken.matches("(?s)row \\d.*") && !broken.contains("\n"), broken)
      broken
    }

    it("is read like any other if it is sound") {
      assert(
        read(edited("row_id", "row_id")).map(_.toPackedRow(check)).map(shape) ==
          read(original).map(_.toPackedRow(check)).map(shape)
      )
    }

    it("is named with its broken column") {
      assert(damage("row_id", "nullif(row_id, 1)").contains("no row_id"))
      val cases = Seq(
        ("input_ids", "cast(null as array<int>)", "input_ids"),
        ("input_ids", "slice(input_ids, 1, 5)", "input_ids: has 5 entries"),
        ("input_ids", "transform(input_ids, (x, i) -> if(i = 3, null, x))", "input_ids: is null"),
        ("input_ids", "transform(input_ids, x -> -1)", "input_ids"),
        ("n_tokens", "cast(null as int)", "n_tokens"),
        ("n_tokens", "999", "n_tokens: is 999"),
        ("cu_seqlens", "array(0)", "cu_seqlens"),
        ("cu_seqlens", "reverse(cu_seqlens)", "cu_seqlens"),
        ("cu_seqlens", "cast(array() as array<int>)", "cu_seqlens"),
        ("segments", "null", "segments"),
        ("segments", "slice(segments, 2, 99)", "segments"),
        ("segments", "transform(segments, (s, i) -> if(i = 0, null, s))", "segments: entry 0 is null"),
        (
          "segments",
          "transform(segments, s -> named_struct('doc_id', cast(null as string), 'source', s.source, 'chunk', " +
            "s.chunk, 'token_start', s.token_start, 'token_count', s.token_count))",
          "no doc_id"
        ),
        (
          "segments",
          "transform(segments, s -> named_struct('token_count', s.token_count + 1, 'doc_id', s.doc_id, " +
            "'source', s.source, 'chunk', s.chunk, 'token_start', s.token_start))",
          "token_count"
        )
      )
      for ((column, expression, expected) <- cases if expression != "null") {
        val found = damage(column, expression)
        assert(found.contains(expected), s"$column := $expression: $found")
      }
    }

    it("of another type, or without a column, makes the part no part of a packed dataset") {
      for (
        (column, expression) <- Seq(
          "n_tokens" -> "cast(n_tokens as bigint)",
          "input_ids" -> "transform(input_ids, x -> cast(x as string))",
          "segments" -> "transform(segments, s -> s.doc_id)",
          "cu_seqlens" -> "n_tokens"
        )
      ) {
        val message = intercept[InvalidInputException](read(edited(column, expression))).getMessage
        assert(message.contains(s"its column $column is ") && !message.contains("\n"), message)
      }
      val dropped = LocalSpark.session.read.parquet(original.toString).drop("checksum")
      val folder = Folders.create("edited").resolve("out")
      dropped.coalesce(1).write.parquet(folder.toString)
      val part = java.nio.file.Files.list(folder).iterator().asScala.find(_.toString.endsWith(".parquet")).get
      assert(intercept[InvalidInputException](read(part)).getMessage.contains("its column checksum is missing"))
    }
  }

  describe("a part") {
    it("that is damaged is an error of one line, wherever the damage is") {
      val bytes = java.nio.file.Files.readAllBytes(
        write((0 until 200).map(i => randomRow(new Random(i), i.toLong, masked = false)), lossMask = false)
      )
      val random = new Random(3)
      val outcomes = for (_ <- 1 to 200) yield {
        val damaged = bytes.clone()
        for (_ <- 1 to 20) damaged(random.nextInt(damaged.length)) = random.nextInt().toByte
        val part = Folders.create("damaged").resolve("part.parquet")
        java.nio.file.Files
          .write(part, if (random.nextInt(5) == 0) damaged.take(random.nextInt(bytes.length)) else damaged)
        scala.util
          .Try(read(part))
          .fold(
            {
              case failure: InvalidInputException => assert(!failure.getMessage.contains("\n")); 1
              case failure                        => fail("damage must be an InvalidInputException", failure)
            },
            _ => 0
          )
      }
      assert(outcomes.sum > 50)
    }
  }
}
