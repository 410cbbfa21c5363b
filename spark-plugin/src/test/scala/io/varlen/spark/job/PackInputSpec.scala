package io.varlen.spark.job

import com.fasterxml.jackson.databind.node.ObjectNode
import io.varlen.InvalidInputException
import io.varlen.packing.{Digest, PackedRow, PackingRules, RowHash, SpecialTokensPolicy}
import io.varlen.spark.dataset.{DerivedColumn, JsonSchema, PackedDataset}
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

class PackInputSpec extends AnyFunSpec {
  private case class Packed(report: JobReport, folder: Path) {
    lazy val dataset: PackedDataset = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), folder.toString)
    def figure(name: String): Long = report.figures.get(name).asInstanceOf[Number].longValue
    def digest: String = report.figures.get("digest").toString
    lazy val rows: Seq[PackedRow] = dataset.manifest.parts.asScala.toSeq.flatMap { part =>
      val stored = dataset.read(part)
      try stored.asScala.map(_.toPackedRow(dataset.rowCheck)).toList
      finally stored.close()
    }
    def lines(kind: String): Seq[ObjectNode] = {
      val folder = this.folder.resolve("_varlen").resolve(kind)
      if (!Files.exists(folder)) Nil
      else
        Files.list(folder).iterator().asScala.toSeq.flatMap(Files.readAllLines(_).asScala).map { line =>
          JsonSchema.read(line).asInstanceOf[ObjectNode]
        }
    }
  }

  private def pack(
      inputs: Seq[Path],
      format: InputFormat = InputFormat.JSONL,
      seqLen: Int = 8,
      special: SpecialTokensPolicy = SpecialTokensPolicy.NONE,
      padId: Integer = null,
      seed: Long = 0,
      emit: Set[DerivedColumn] = Set.empty,
      bad: BadRecordPolicy = BadRecordPolicy.FAIL,
      groups: Long = 1
  ): Packed = {
    val out = Folders.create("pack").resolve("out")
    val input = new InputOptions(inputs.map(_.toString).asJava, format)
    val options =
      new PackOptions(
        input,
        WordTokenizer.Source,
        PackingRules.ofLength(seqLen),
        out.toString,
        special,
        padId,
        seed,
        0,
        emit.asJava,
        bad,
        false,
        false
      )
    Packed(
      new PackJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run(),
      out
    )
  }

  private def jsonl(lines: String*): Path =
    TestFiles.write(Folders.create("in").resolve("in.jsonl"), lines.map(_ + "\n").mkString)

  private def document(id: String, text: String) = s"""{"id": ${TestFiles.json(id)}, "text": ${TestFiles.json(text)}}"""

  describe("the digest") {
    it("does not depend on how documents with ids of their own are spread over files, nor on their order") {
      val random = new Random(7)
      val documents = (0 until 400).map(i => document(s"doc $i", "w " * random.nextInt(40)))
      val digests = for (files <- Seq(1, 5, 13)) yield {
        val folder = Folders.create("split")
        random.shuffle(documents).grouped(400 / files + 1).zipWithIndex.foreach { case (lines, i) =>
          TestFiles.write(folder.resolve(f"${random.nextInt(1000)}%03d-$i.jsonl"), lines.mkString("\n"))
        }
        LocalSpark.withConf("spark.varlen.input.partitions", (files * 2).toString)(
          pack(Seq(folder), seqLen = 16, groups = 4).digest
        )
      }
      assert(digests.distinct.length == 1)
    }

    it("depends on the seed, and is the sum of the row hashes") {
      val in = jsonl((0 until 50).map(i => document(s"$i", "w " * (i % 7))): _*)
      val packed = pack(Seq(in), groups = 2)
      assert(pack(Seq(in), groups = 2, seed = 1).digest != packed.digest)
      val digest = new Digest()
      packed.rows.foreach(row => digest.add(new RowHash().of(row)))
      assert(digest.hex == packed.digest)
      val stored =
        packed.dataset.storedRows(LocalSpark.context).rdd.map(row => (row.rowId, row.checksum)).collect().toMap
      assert(packed.dataset.rows(LocalSpark.context).rdd.map(_.nTokens).collect().sum == packed.figure("packed_tokens"))
      packed.rows.foreach(row => assert(stored(row.rowId) == RowHash.checksum(new RowHash().of(row))))
    }
  }

  describe("groups") {
    it("follow from the corpus by default") {
      val in = jsonl(document("a", "w"))
      val input = new InputOptions(Seq(in.toString).asJava, InputFormat.JSONL)
      val out = Folders.create("pack").resolve("out").toString
      new PackJob(
        LocalSpark.session,
        new PackOptions(input, WordTokenizer.Source, 8, out),
        JobProgress.NONE,
        WordTokenizer.Provider,
        (documents, bytes) => { assert(documents == 1 && bytes == 1); 1 }
      ).run()
    }

    it("without a document still make readable parts") {
      val packed = pack(Seq(jsonl(document("a", "w"))), groups = 5)
      assert(packed.dataset.manifest.parts.size == 5 && packed.rows.length == 1)
      assert(LocalSpark.session.read.parquet(packed.folder.toString).count() == 1)
    }
  }

  describe("special tokens") {
    val in = Seq("a" -> "x xx xxx xxxx xxxxx", "empty" -> " ")

    def sequences(policy: SpecialTokensPolicy, seqLen: Int) = {
      val packed =
        pack(Seq(jsonl(in.map { case (id, text) => document(id, text) }: _*)), seqLen = seqLen, special = policy)
      val pieces = packed.rows.flatMap { row =>
        row.segments.asScala.zipWithIndex.map { case (segment, i) =>
          (segment.docId, segment.chunk) -> row.inputIds.toSeq.slice(row.cuSeqlens.start(i), row.cuSeqlens.end(i))
        }
      }
      (pieces.toMap, packed)
    }

    it("go once around a document, nowhere, or around each chunk, and are accounted for") {
      val (document, byDocument) = sequences(SpecialTokensPolicy.DOCUMENT, 4)
      assert(
        document == Map(
          ("a", 0) -> Seq(101, 1, 2, 3),
          ("a", 1) -> Seq(4, 5, 102),
          ("empty", 0) -> Seq(101, 102)
        )
      )
      assert(byDocument.figure("added_special_tokens") == 4 && byDocument.figure("empty_documents") == 0)
      val (none, byNone) = sequences(SpecialTokensPolicy.NONE, 4)
      assert(none == Map(("a", 0) -> Seq(1, 2, 3, 4), ("a", 1) -> Seq(5)))
      assert(byNone.figure("added_special_tokens") == 0 && byNone.figure("empty_documents") == 1)
      assert(byNone.lines("empty").map(_.get("doc_id").asText) == Seq("empty"))
      val (chunk, byChunk) = sequences(SpecialTokensPolicy.CHUNK, 4)
      assert(
        chunk == Map(
          ("a", 0) -> Seq(101, 1, 2, 102),
          ("a", 1) -> Seq(101, 3, 4, 102),
          ("a", 2) -> Seq(101, 5, 102),
          ("empty", 0) -> Seq(101, 102)
        )
      )
      assert(byChunk.figure("added_special_tokens") == 8 && byChunk.figure("source_tokens") == 5)
    }

    it("that leave no room for text are refused before anything is done") {
      val message = intercept[InvalidInputException](sequences(SpecialTokensPolicy.CHUNK, 2)).getMessage
      assert(message.contains("at least 3"), message)
    }
  }

  describe("columns") {
    it("are what Spark reads as arrays, and derived ones follow the contract") {
      val in = Seq(jsonl(document("a", "x xx xxx"), document("b", "xxxx xxxxx")))
      val packed = pack(in, emit = DerivedColumn.values.toSet)
      val table = LocalSpark.session.read.parquet(packed.folder.toString)
      assert(
        table.schema.map(field => s"${field.name} ${field.dataType.simpleString}") == Seq(
          "row_id bigint",
          "input_ids array<int>",
          "n_tokens int",
          "cu_seqlens array<int>",
          "segments array<struct<doc_id:string,source:int,chunk:int,token_start:bigint,token_count:int>>",
          "checksum bigint",
          "position_ids array<int>",
          "segment_ids array<int>",
          "attention_mask array<int>",
          "labels array<int>"
        )
      )
      val row = table.collect()
      assert(row.length == 1)
      def ints(column: String) = row.head.getAs[scala.collection.Seq[Int]](column).toSeq
      assert(ints("input_ids") == Seq(1, 2, 3, 4, 5, 9, 9, 9))
      assert(ints("cu_seqlens") == Seq(0, 3, 5))
      assert(ints("position_ids") == Seq(0, 1, 2, 0, 1, 0, 1, 2))
      assert(ints("segment_ids") == Seq(0, 0, 0, 1, 1, -1, -1, -1))
      assert(ints("attention_mask") == Seq(1, 1, 1, 1, 1, 0, 0, 0))
      assert(ints("labels") == Seq(-100, 2, 3, -100, 5, -100, -100, -100))
      val stored = packed.dataset.read(packed.dataset.manifest.parts.get(0))
      try
        assert(
          stored.next().derived.asScala.map { case (name, values) => name -> values.toSeq } ==
            Seq("position_ids", "segment_ids", "attention_mask", "labels").map(name => name -> ints(name)).toMap
        )
      finally stored.close()
    }

    it("are padded with the id that is asked for") {
      val packed = pack(Seq(jsonl(document("a", "x"))), padId = 77)
      assert(packed.rows.head.inputIds.toSeq == 1 +: Seq.fill(7)(77))
      assert(packed.dataset.manifest.packing.padId == 77)
    }
  }

  describe("bad records") {
    val good = (0 until 20).map(i => document(s"g$i", "w w w"))
    val bad = Seq(
      "{\"text\": \"x\"",
      "{\"id\": \"n\", \"text\": null}",
      document("g7", "other words than the first"),
      "{\"id\": \"m\", \"txt\": \"x\"}"
    )

    it("fail the job, naming the first one, with nothing written") {
      val in = jsonl(good ++ bad.take(1): _*)
      val out = Folders.create("pack").resolve("out")
      val options = new PackOptions(
        new InputOptions(Seq(in.toString).asJava, InputFormat.JSONL),
        WordTokenizer.Source,
        8,
        out.toString
      )
      val job = new PackJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider, (_, _) => 1)
      val message = intercept[InvalidInputException](job.run()).getMessage
      assert(message.contains(in.toString) && message.contains("malformed JSON") && !message.contains("\n"))
      assert(!Files.exists(out))
    }

    it("are listed in quarantine with place and reason, counted, and left out") {
      val in = jsonl(Random.shuffle(good ++ bad): _*)
      val packed = pack(Seq(in), bad = BadRecordPolicy.QUARANTINE, groups = 2)
      assert(packed.figure("documents") == 24 && packed.figure("quarantined_documents") == 4)
      val listed = packed.lines("quarantine")
      assert(listed.length == 4)
      val content = Files.readString(in)
      listed.foreach { record =>
        assert(record.get("path").asText == in.toString && record.get("source").asInt == 0)
        assert(record.get("offset").asLong < content.length && !record.get("reason").asText.isEmpty)
      }
      assert(listed.map(_.get("doc_id")).count(id => !id.isNull && id.asText == "g7") == 1)
      val ledger = packed.dataset.manifest.packing.ledger.total
      assert(ledger.quarantinedDocuments == 4 && ledger.packedDocuments == 20)
    }

    it("of any size are no document beyond the largest, which 50 MB are far from") {
      val words = ("xxxx " * 1000 + "\n") * 10000
      assert(words.length > 50000000)
      for ((format, text) <- Seq(InputFormat.TEXT -> words, InputFormat.JSONL -> document("large", words))) {
        val in = TestFiles.write(Folders.create("in").resolve("large"), text)
        val packed = pack(Seq(in), format = format, seqLen = 8192, special = SpecialTokensPolicy.DOCUMENT)
        assert(packed.figure("packed_tokens") == 10000002 && packed.figure("documents") == 1)
        val lengths = packed.dataset.manifest.packing.lengths
        assert(lengths.lengths.toSeq == Seq(10000002 % 8192, 8192) && lengths.counts.toSeq == Seq(1, 10000002 / 8192))
        Files.delete(in)
      }
    }

    it("may be all there is") {
      val packed = pack(Seq(jsonl(bad.head)), bad = BadRecordPolicy.QUARANTINE)
      assert(packed.figure("rows") == 0 && packed.figure("quarantined_documents") == 1)
      assert(packed.report.figures.get("efficiency") == 1.0)
      assert(LocalSpark.session.read.parquet(packed.folder.toString).count() == 0)
    }
  }

  describe("the ledger") {
    it("is kept per source and says where every token went") {
      val a = TestFiles.write(Folders.create("in").resolve("a.txt"), "x x x\n\nxx\n")
      val b = TestFiles.write(Folders.create("in").resolve("b.txt"), "xxx xxx\n")
      val packed = pack(Seq(a, b), format = InputFormat.LINES, seqLen = 2, groups = 3)
      val sources = packed.dataset.manifest.packing.ledger.sources.asScala
      assert(sources.map(_.documents) == Seq(3, 1) && sources.map(_.sourceTokens) == Seq(4, 2))
      assert(sources.map(_.packedTokens) == Seq(4, 2) && sources.map(_.emptyDocuments) == Seq(1, 0))
      assert(
        packed.lines("empty").map(line => (line.get("doc_id").asText, line.get("source").asInt)) == Seq("a.txt#6" -> 0)
      )
      assert(
        packed.rows.flatMap(_.segments.asScala).map(s => (s.docId, s.source)).toSet ==
          Set("a.txt#0" -> 0, "a.txt#7" -> 0, "b.txt#0" -> 1)
      )
    }
  }

  describe("the manifest") {
    val schema = JsonSchema.ofManifest

    it("fits its schema, which refuses what does not") {
      val packed = pack(Seq(jsonl(document("a", "x"), "{")), bad = BadRecordPolicy.QUARANTINE, groups = 2)
      val manifest = Files.readString(packed.folder.resolve("_varlen/manifest.json"))
      assert(JsonSchema.violations(schema, JsonSchema.read(manifest)) == Nil)
      val report = JsonSchema.read(Files.readString(packed.folder.resolve("_varlen/report.json")))
      assert(report == JsonSchema.read(manifest).get("figures") && report == JsonSchema.read(packed.report.toJson))
      val broken = Seq(
        "\"format\" : 1" -> "\"format\" : 2",
        "\"groups\" : 2" -> "\"groups\" : \"2\"",
        "\"packed_tokens\" : 1" -> "\"packed_tokens\" : -1",
        "\"seq_len\" : 8," -> "",
        "\"pad_id\" : 9" -> "\"pad_id\" : 9, \"unknown\" : 1"
      )
      broken.foreach { case (from, to) =>
        assert(manifest.contains(from))
        assert(JsonSchema.violations(schema, JsonSchema.read(manifest.replace(from, to))).nonEmpty, to)
      }
    }
  }

  describe("progress") {
    it("goes through the stages to the end of each") {
      val heard = scala.collection.mutable.Buffer[String]()
      val in = TestFiles.write(Folders.create("in").resolve("top/a.txt"), "x").getParent
      TestFiles.write(in.resolve("_hidden"), "x")
      val progress = new JobProgress {
        var total = 0L
        var done = 0L
        override def stage(name: String, of: Long, unit: String): Unit = {
          assert(done == total, heard)
          heard += name
          total = of
          done = 0
        }
        override def advance(now: Long): Unit = {
          assert(now > done && now <= total)
          done = now
        }
        override def note(line: String): Unit = heard += line
      }
      val options = new PackOptions(
        new InputOptions(Seq(in.toString).asJava, InputFormat.TEXT),
        WordTokenizer.Source,
        8,
        Folders.create("pack").resolve("out").toString
      )
      new PackJob(LocalSpark.session, options, progress, WordTokenizer.Provider, (_, _) => 2).run()
      assert(heard.tail == Seq("survey", "tokenize", "pack", "commit") && heard.head.contains("passed over 1 name in"))
    }
  }
}
