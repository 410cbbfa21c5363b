package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.packing.{Overflow, PackedRow, PackingRules, PackingStrategy, RowLimits, SpecialTokensPolicy}
import io.varlen.spark.dataset.{DerivedColumn, JsonSchema, PackedDataset}
import io.varlen.spark.inference.PackedSource
import io.varlen.spark.input.{BadRecordPolicy, DocumentColumns, InputFormat, InputOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** Documents with a loss mask: from prompt and completion, and from token ids. */
class PackMaskSpec extends AnyFunSpec {
  import LocalSpark.session.implicits._

  private val chats = DocumentColumns.promptCompletion("prompt", "completion")
  private val rendered = DocumentColumns.tokens("ids", "mask")

  private case class Packed(report: JobReport, folder: Path) {
    lazy val dataset: PackedDataset = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), folder.toString)
    lazy val rows: Seq[PackedRow] = dataset.manifest.parts.asScala.toSeq.flatMap { part =>
      val stored = dataset.read(part)
      try stored.asScala.map(_.toPackedRow(dataset.rowCheck)).toList
      finally stored.close()
    }
    def figure(name: String): Long = report.figures.get(name).asInstanceOf[Number].longValue
    def digest: String = report.figures.get("digest").toString

    /** Each segment's ids and mask, by document and chunk. */
    lazy val segments: Map[(String, Int), (Seq[Int], Seq[Int])] = rows.flatMap { row =>
      row.segments.asScala.zipWithIndex.map { case (segment, i) =>
        val (from, to) = (row.cuSeqlens.start(i), row.cuSeqlens.end(i))
        (segment.docId, segment.chunk) ->
          (row.inputIds.toSeq.slice(from, to), Option(row.lossMask).toSeq.flatMap(_.toSeq.map(_.toInt).slice(from, to)))
      }
    }.toMap
    def findings: Seq[String] = {
      val manifest = JsonSchema.read(Files.readString(folder.resolve("_varlen/manifest.json")))
      assert(JsonSchema.violations(JsonSchema.ofManifest, manifest) == Nil)
      val job = new VerifyJob(LocalSpark.session, new VerifyOptions(folder.toString), JobProgress.NONE)
      job.run().findings.asScala.toSeq.map(_.toString)
    }
    def quarantined: Seq[String] =
      Files.list(folder.resolve("_varlen/quarantine")).iterator().asScala.toSeq.flatMap(Files.readAllLines(_).asScala)
  }

  private def pack(
      in: Path,
      columns: DocumentColumns,
      special: SpecialTokensPolicy,
      overflow: String = "split",
      strategy: PackingStrategy = PackingStrategy.BFD,
      seqLen: Int = 12,
      format: InputFormat = InputFormat.JSONL,
      bad: BadRecordPolicy = BadRecordPolicy.FAIL,
      splitMasked: Boolean = false
  ): Packed = {
    val out = Folders.create("masked").resolve("out")
    val options = new PackOptions(
      new InputOptions(Seq(in.toString).asJava, format, columns, null),
      WordTokenizer.Source,
      new PackingRules(strategy, RowLimits.ofLength(seqLen), Overflow.ofName(overflow)),
      out.toString,
      special,
      null,
      0,
      0,
      Set(DerivedColumn.LABELS).asJava,
      bad,
      false,
      splitMasked
    )
    val job = new PackJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider, (_, _) => 2)
    Packed(job.run(), out)
  }

  private def jsonl(lines: String*): Path =
    TestFiles.write(Folders.create("in").resolve("in.jsonl"), lines.map(_ + "\n").mkString)

  private def refusal(body: => Any): String = {
    val message = intercept[InvalidInputException](body).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  private lazy val chatLines = jsonl(
    """{"id": "a", "completion": "xxxx xxxxx", "prompt": "x xx xxx"}""",
    """{"id": "b", "prompt": "", "completion": "x"}""",
    """{"id": "c", "prompt": "x é", "completion": ""}"""
  )

  describe("prompt and completion") {
    it("become one segment, of which the completion and what closes it is learned") {
      val packed = pack(chatLines, chats, SpecialTokensPolicy.DOCUMENT)
      assert(
        packed.segments == Map(
          ("a", 0) -> (Seq(101, 1, 2, 3, 4, 5, 102), Seq(0, 0, 0, 0, 1, 1, 1)),
          ("b", 0) -> (Seq(101, 1, 102), Seq(0, 1, 1)),
          ("c", 0) -> (Seq(101, 1, 1, 102), Seq(0, 0, 0, 1))
        )
      )
      assert(packed.figure("source_tokens") == 8 && packed.figure("added_special_tokens") == 6)
      for (row <- packed.rows) {
        assert(row.lossMask.length == 12 && row.lossMask.drop(row.nTokens).forall(_ == 0))
        val labels = DerivedColumn.LABELS.of(row)
        for (i <- labels.indices if !row.segments.isEmpty) {
          val learned = row.lossMask()(i) == 1 && !(0 until row.cuSeqlens.count).map(row.cuSeqlens.start).contains(i)
          assert(labels(i) == (if (learned) row.inputIds()(i) else -100))
        }
      }
      assert(packed.findings == Nil && packed.dataset.manifest.packing.lossMask)
    }

    it("without special tokens are just themselves, and from Parquet the same") {
      val packed = pack(chatLines, chats, SpecialTokensPolicy.NONE)
      assert(packed.segments(("a", 0)) == (Seq(1, 2, 3, 4, 5), Seq(0, 0, 0, 1, 1)))
      val parquet = Folders.create("in").resolve("chats").toString
      Seq(("c", "x é", ""), ("a", "x xx xxx", "xxxx xxxxx"), ("b", "", "x"))
        .toDF("id", "prompt", "completion")
        .write
        .parquet(parquet)
      val other = pack(Path.of(parquet), chats, SpecialTokensPolicy.NONE, format = InputFormat.PARQUET)
      assert(other.digest == packed.digest)
    }

    it("are covered by the row hash") {
      val swapped = jsonl("""{"id": "a", "prompt": "x xx xxx xxxx", "completion": "xxxxx"}""")
      val one = jsonl("""{"id": "a", "prompt": "x xx xxx", "completion": "xxxx xxxxx"}""")
      assert(pack(swapped, chats, SpecialTokensPolicy.NONE).digest != pack(one, chats, SpecialTokensPolicy.NONE).digest)
    }
  }

  describe("a document with a mask that is longer than a row") {
    val long = jsonl("""{"id": "long", "prompt": "x x x x x x x x x x", "completion": "xx xx xx xx"}""")
    it("is an error unless splitting it is meant") {
      val message = refusal(pack(long, chats, SpecialTokensPolicy.NONE))
      assert(message.contains("document long") && message.contains("14 tokens") && message.contains("--split-masked"))
      assert(refusal(pack(long, chats, SpecialTokensPolicy.NONE, "split-overlap 2")).contains("--split-masked"))
      val packed = pack(long, chats, SpecialTokensPolicy.NONE, splitMasked = true)
      assert(packed.segments(("long", 1)) == (Seq(2, 2), Seq(1, 1)) && packed.findings == Nil)
    }
    it("can be truncated or dropped, its mask with it") {
      val tail = pack(long, chats, SpecialTokensPolicy.NONE, "truncate-tail")
      assert(tail.segments == Map(("long", 0) -> (Seq.fill(10)(1) ++ Seq(2, 2), Seq.fill(10)(0) ++ Seq(1, 1))))
      val head = pack(long, chats, SpecialTokensPolicy.NONE, "truncate-head")
      assert(head.segments == Map(("long", 0) -> (Seq.fill(8)(1) ++ Seq.fill(4)(2), Seq.fill(8)(0) ++ Seq.fill(4)(1))))
      assert(pack(long, chats, SpecialTokensPolicy.NONE, "drop").figure("dropped_documents") == 1)
    }
    it("is not wrapped unless that is meant") {
      val wrapped = PackingStrategy.WRAPPED
      assert(refusal(pack(long, chats, SpecialTokensPolicy.NONE, strategy = wrapped)).contains("--split-masked"))
      val packed = pack(long, chats, SpecialTokensPolicy.NONE, strategy = wrapped, splitMasked = true)
      assert(packed.findings == Nil && packed.rows.map(_.nTokens).sum == 14)
    }
  }

  private val ids = """{"id": "t", "mask": [0, 0, 1, 1], "ids": [101, 7, 2000000000, 0]}"""

  describe("token ids") {
    it("are taken as they are, with or without a mask, from JSON and from Parquet") {
      val packed = pack(jsonl(ids), rendered, SpecialTokensPolicy.NONE)
      assert(packed.segments == Map(("t", 0) -> (Seq(101, 7, 2000000000, 0), Seq(0, 0, 1, 1))))
      assert(packed.findings == Nil && packed.figure("added_special_tokens") == 0)
      for (legacy <- Seq("true", "false"))
        LocalSpark.withConf("spark.sql.parquet.writeLegacyFormat", legacy) {
          val folder = Folders.create("in").resolve("ids").toString
          Seq(("t", Seq(101L, 7L, 2000000000L, 0L), Seq[Byte](0, 0, 1, 1)))
            .toDF("id", "ids", "mask")
            .write
            .parquet(folder)
          val other = pack(Path.of(folder), rendered, SpecialTokensPolicy.NONE, format = InputFormat.PARQUET)
          assert(other.digest == packed.digest, legacy)
        }
      val plain = pack(jsonl(ids), DocumentColumns.tokens("ids", null), SpecialTokensPolicy.NONE, seqLen = 3)
      assert(plain.segments == Map(("t", 0) -> (Seq(101, 7, 2000000000), Nil), ("t", 1) -> (Seq(0), Nil)))
      assert(plain.findings == Nil && plain.rows.forall(_.lossMask == null))
    }

    it("that are none are bad records, each with its reason") {
      val reasons = Seq(
        """{"id": "1", "ids": [1, -1], "mask": [0, 1]}""" -> "holds -1; token ids",
        """{"id": "2", "ids": [1, 2147483648], "mask": [0, 1]}""" -> "holds 2147483648",
        """{"id": "3", "ids": [1, 2], "mask": [0, 2]}""" -> "a loss mask is of 0 and 1",
        """{"id": "4", "ids": [1, 2], "mask": [0]}""" -> "'mask' has 1 entries, 'ids' has 2",
        """{"id": "5", "ids": [1, 2.0], "mask": [0, 1]}""" -> "holds a number; it must hold small whole numbers",
        """{"id": "6", "ids": [1, null], "mask": [0, 1]}""" -> "holds null",
        """{"id": "7", "ids": [1, [2]], "mask": [0, 1]}""" -> "holds an array",
        """{"id": "8", "ids": "1 2", "mask": [0, 1]}""" -> "is a string; it must be an array of whole numbers",
        """{"id": "9", "ids": [1, 2]}""" -> "there is no key 'mask'",
        """{"id": "10", "ids": [1, 99999999999999999999], "mask": [0, 1]}""" -> "small whole numbers",
        """{"id": "11", "ids": [1], "ids": [2], "mask": [0]}""" -> "is there twice"
      )
      val packed = pack(
        jsonl(ids +: reasons.map(_._1): _*),
        rendered,
        SpecialTokensPolicy.NONE,
        bad = BadRecordPolicy.QUARANTINE
      )
      val found =
        packed.quarantined.map(JsonSchema.read).map(line => line.get("doc_id").asText -> line.get("reason").asText)
      for (((_, reason), i) <- reasons.zipWithIndex)
        assert(
          found.toMap.get((i + 1).toString).exists(_.contains(reason)) || found.exists(_._2.contains(reason)),
          found
        )
      assert(found.size == reasons.size && packed.segments.keySet == Set(("t", 0)))
    }

    it("in Parquet that hold a null, or are no lists, are refused") {
      val folder = Folders.create("in").resolve("ids").toString
      Seq(("t", Seq(Some(1), None), Seq(0, 1)), ("u", Seq(Some(1)), Seq(1)))
        .toDF("id", "ids", "mask")
        .write
        .parquet(folder)
      def packIds(columns: DocumentColumns, bad: BadRecordPolicy) =
        pack(Path.of(folder), columns, SpecialTokensPolicy.NONE, format = InputFormat.PARQUET, bad = bad)
      assert(refusal(packIds(rendered, BadRecordPolicy.FAIL)).contains("holds a null"))
      assert(packIds(rendered, BadRecordPolicy.QUARANTINE).segments.keySet == Set(("u", 0)))
      assert(
        refusal(packIds(DocumentColumns.tokens("id", null), BadRecordPolicy.FAIL)).contains("list of whole numbers")
      )
      assert(refusal(packIds(DocumentColumns.tokens("ids", "mas"), BadRecordPolicy.FAIL)).contains("--mask-column"))
    }
  }

  describe("what does not go together is refused:") {
    it("special tokens around token ids") {
      assert(refusal(pack(jsonl(ids), rendered, SpecialTokensPolicy.DOCUMENT)).contains("--ids-column"))
    }
    it("chunks as inputs with a mask") {
      assert(refusal(pack(chatLines, chats, SpecialTokensPolicy.CHUNK)).contains("loss mask"))
    }
    it("columns in a format without columns") {
      assert(refusal(pack(chatLines, chats, SpecialTokensPolicy.NONE, format = InputFormat.LINES)).contains("jsonl"))
    }
    it("splitting masked documents where there are none") {
      val plain = DocumentColumns.tokens("ids", null)
      assert(refusal(pack(jsonl(ids), plain, SpecialTokensPolicy.NONE, splitMasked = true)).contains("--mask-column"))
    }
    it("embedding what was no text") {
      val packed = pack(chatLines, chats, SpecialTokensPolicy.DOCUMENT)
      val sha = WordTokenizer.Source.sha256
      val special = new WordTokenizer().specialTokens
      val message = refusal(PackedSource.open(LocalSpark.context, "embed", packed.folder.toString, "m", sha, special))
      assert(message.contains("prompt-completion") && message.contains("--text-column"))
    }
  }

  it("verify finds a mask that was changed, on a token or on padding, and one that is missing") {
    val packed = pack(chatLines, chats, SpecialTokensPolicy.DOCUMENT)
    val part = packed.dataset.manifest.parts.asScala.find(_.rows > 0).get.file
    val file = packed.folder.resolve(part)
    val rows = LocalSpark.session.read.parquet(file.toString)
    def verifyWith(expression: String): Seq[String] = {
      val copy = Folders.create("edited").resolve("d")
      Files
        .walk(packed.folder)
        .iterator()
        .asScala
        .foreach(p => Files.copy(p, copy.resolve(packed.folder.relativize(p))))
      val edited = Folders.create("edit").resolve("p")
      rows
        .selectExpr(rows.columns.toSeq.map(c => if (c == "loss_mask") expression else c): _*)
        .coalesce(1)
        .write
        .parquet(
          edited.toString
        )
      val written = Files.list(edited).iterator().asScala.find(_.toString.endsWith(".parquet")).get
      Files.copy(written, copy.resolve(part), java.nio.file.StandardCopyOption.REPLACE_EXISTING)
      Packed(packed.report, copy).findings
    }
    def set(at: Int, value: Int) =
      s"transform(loss_mask, (m, i) -> cast(if(i = $at, $value, m) as tinyint)) as loss_mask"
    assert(verifyWith(set(0, 1)).exists(_.contains("checksum")))
    assert(verifyWith(set(0, 2)).exists(_.contains("must be 0 or 1")))
    assert(verifyWith(set(11, 1)).exists(_.contains("must be 0 on padding")))
    assert(verifyWith("1 as other").exists(_.contains("loss_mask")))
  }
}
