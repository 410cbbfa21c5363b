package io.varlen.spark.job

import com.fasterxml.jackson.databind.JsonNode
import io.varlen.InvalidInputException
import io.varlen.packing.{Overflow, PackedRow, PackingRules, PackingStrategy, RowLimits, SpecialTokensPolicy}
import io.varlen.spark.dataset.{JsonSchema, PackedDataset}
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.spark.{FaultyFileSystem, Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Strategies, limits and what becomes of over-long documents, through the whole job. */
class PackStrategySpec extends AnyFunSpec {
  private val seqLen = 24

  /** Lengths from nothing to several rows, those at the edges among them. */
  private val lengths: Map[String, Int] =
    (0 until 150).map(i => f"d$i%03d" -> (i * 37 % 61) % (if (i % 9 == 0) 200 else 40)).toMap ++
      Map("none" -> 0, "one" -> 1, "full" -> seqLen, "more" -> (seqLen + 1), "twice" -> 2 * seqLen, "long" -> 200)

  private def text(id: String): String =
    (0 until lengths(id)).map(i => "x" * (1 + (i + id.hashCode.abs) % 90)).mkString(" ")

  private def corpus(ids: Seq[String], files: Int): Path = {
    val folder = Folders.create("corpus")
    for ((group, file) <- ids.grouped((ids.size + files - 1) / files).zipWithIndex) {
      val lines = group.map(id => s"""{"id": "$id", "text": "${text(id)}"}\n""")
      TestFiles.write(folder.resolve(s"${Random.nextInt(1000)}-$file.jsonl"), lines.mkString)
    }
    folder
  }
  private lazy val plainCorpus = corpus(lengths.keys.toSeq.sorted, 1)

  private case class Packed(report: JobReport, folder: Path) {
    lazy val dataset: PackedDataset = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), folder.toString)
    def figure(name: String): Long = report.figures.get(name).asInstanceOf[Number].longValue
    def digest: String = report.figures.get("digest").toString
    lazy val rows: Seq[PackedRow] = dataset.manifest.parts.asScala.toSeq.flatMap { part =>
      val stored = dataset.read(part)
      try stored.asScala.map(_.toPackedRow(dataset.rowCheck)).toList
      finally stored.close()
    }
    lazy val dropped: Seq[JsonNode] = {
      val list = folder.resolve("_varlen/dropped")
      if (!Files.exists(list)) Nil
      else Files.list(list).iterator().asScala.toSeq.flatMap(Files.readAllLines(_).asScala).map(JsonSchema.read)
    }
    def findings: Seq[String] = {
      val manifest = JsonSchema.read(Files.readString(folder.resolve("_varlen/manifest.json")))
      assert(JsonSchema.violations(JsonSchema.ofManifest, manifest) == Nil)
      val job = new VerifyJob(LocalSpark.session, new VerifyOptions(folder.toString), JobProgress.NONE)
      job.run().findings.asScala.toSeq.map(_.toString)
    }
  }

  private def rules(
      strategy: PackingStrategy,
      overflow: String = "split",
      multiple: Int = 1,
      documents: Int = RowLimits.ANY_NUMBER,
      squares: Long = RowLimits.UNBOUNDED
  ) = new PackingRules(strategy, new RowLimits(seqLen, multiple, documents, squares), Overflow.ofName(overflow))

  private def options(
      rules: PackingRules,
      in: Path,
      out: Path,
      epoch: Int = 0,
      special: SpecialTokensPolicy = SpecialTokensPolicy.NONE
  ) = new PackOptions(
    new InputOptions(Seq(in.toString).asJava, InputFormat.JSONL),
    WordTokenizer.Source,
    rules,
    out.toString,
    special,
    null,
    0,
    epoch,
    java.util.Set.of(),
    BadRecordPolicy.FAIL,
    false,
    false
  )

  private def pack(rules: PackingRules, in: Path = plainCorpus, epoch: Int = 0): Packed = {
    val out = Folders.create("pack").resolve("out")
    val job = new PackJob(
      LocalSpark.session,
      options(rules, in, out, epoch),
      JobProgress.NONE,
      WordTokenizer.Provider,
      (_, _) => 3
    )
    Packed(job.run(), out)
  }

  private def tokens = lengths.values.map(_.toLong).sum
  private def tooLong(limit: Int) = lengths.filter(_._2 > limit)

  private def conserves(packed: Packed): Unit = {
    val sides = Seq("source_tokens", "added_special_tokens", "repeated_tokens").map(packed.figure).sum ->
      Seq("packed_tokens", "dropped_tokens", "truncated_tokens").map(packed.figure).sum
    assert(sides._1 == sides._2)
    assert(packed.figure("source_tokens") == tokens)
    assert(packed.rows.map(_.nTokens.toLong).sum == packed.figure("packed_tokens"))
    assert(packed.rows.map(_.rowId).sorted == packed.rows.indices.map(_.toLong))
    for (row <- packed.rows; (segment, i) <- row.segments.asScala.zipWithIndex) {
      val ids = WordTokenizer
        .ids(text(segment.docId))
        .slice(
          segment.tokenStart.toInt,
          segment.tokenStart.toInt + segment.tokenCount
        )
      assert(row.inputIds.toSeq.slice(row.cuSeqlens.start(i), row.cuSeqlens.end(i)) == ids)
    }
    assert(packed.findings == Nil)
  }

  for (strategy <- PackingStrategy.values())
    describe(strategy.optionName) {
      it("loses nothing, is sound, and does not depend on files, partitions or their order") {
        val packed = pack(rules(strategy))
        conserves(packed)
        assert(packed.figure("packed_tokens") == tokens)
        val shuffled = corpus(Random.shuffle(lengths.keys.toSeq), 5)
        LocalSpark.withConf("spark.varlen.input.partitions", "7") {
          assert(pack(rules(strategy), shuffled).digest == packed.digest)
        }
        assert(packed.dataset.manifest.packing.rules == rules(strategy))
      }

      it("packs each epoch in its own way, the same one every time") {
        val epochs = Seq(0, 1, 2, 1).map(epoch => pack(rules(strategy), epoch = epoch))
        epochs.foreach(conserves)
        assert(epochs.map(_.digest).distinct.size == 3 && epochs(1).digest == epochs(3).digest)
      }
    }

  for {
    strategy <- PackingStrategy.values() if strategy != PackingStrategy.WRAPPED
    overflow <- Seq("split-overlap 5", "truncate-head", "truncate-tail", "drop")
  }
    it(s"${strategy.optionName} with $overflow under every limit is sound, and the ledger says what it did") {
      val packed = pack(rules(strategy, overflow, 4, 6, 20 * 20 + 7))
      val limit = 20
      conserves(packed)
      val long = tooLong(limit)
      val excess = long.values.map(_.toLong - limit).sum
      assert(long.size > 20)
      overflow match {
        case "drop" =>
          assert(packed.figure("dropped_tokens") == long.values.sum && packed.figure("dropped_documents") == long.size)
          assert(packed.dropped.map(_.get("doc_id").asText).sorted == long.keys.toSeq.sorted)
          val line = packed.dropped.find(_.get("doc_id").asText == "long").get
          assert(line.get("reason").asText == "longer than 20 tokens" && line.get("tokens").asInt == 200)
          assert(line.get("source").asInt == 0)
        case "split-overlap 5" =>
          val repeated = long.values.map(length => (length - limit + 14) / 15 * 5L).sum
          assert(packed.figure("repeated_tokens") == repeated && packed.dropped.isEmpty)
        case _ =>
          assert(packed.figure("truncated_tokens") == excess && packed.figure("dropped_documents") == 0)
      }
      for (row <- packed.rows) {
        val slots = row.segments.asScala.map(segment => (segment.tokenCount + 3) / 4 * 4)
        assert(slots.sum <= seqLen && slots.size <= 6 && slots.map(n => n * n).sum <= 407)
      }
      val padding = packed.rows.flatMap(_.segments.asScala).map(s => (4 - s.tokenCount % 4) % 4L).sum
      assert(packed.figure("segment_padding_tokens") == padding)
    }

  describe("fail") {
    it("names the first over-long document by id, says how many, and leaves nothing behind") {
      val out = Folders.create("pack").resolve("out")
      def run(rules: PackingRules) = new PackJob(
        LocalSpark.session,
        options(rules, plainCorpus, out),
        JobProgress.NONE,
        WordTokenizer.Provider,
        (_, _) => 3
      ).run()
      val message = intercept[InvalidInputException](run(rules(PackingStrategy.BFD, "fail"))).getMessage
      val first = tooLong(seqLen).keys.min
      assert(message.contains(s"document $first ") && message.contains(s"${lengths(first)} tokens"), message)
      assert(message.contains(s"${tooLong(seqLen).size - 1} more") && message.contains("truncate-tail"), message)
      assert(!run(rules(PackingStrategy.BFD, "drop")).unchanged)
    }
    it("is content when every document fits") {
      val short = corpus(lengths.keys.filter(lengths(_) <= seqLen).toSeq, 2)
      assert(pack(rules(PackingStrategy.FFD, "fail"), short).figure("dropped_tokens") == 0)
    }
  }

  it("a run that is killed is continued to the same rows where rows are counted first, and to the same lists")(
    LocalSpark.quietly {
      FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())
      val killed = rules(PackingStrategy.RANDOM_FIT, "drop")
      val expected = pack(killed)
      val start = Random.nextInt(3)
      for (fault <- Iterator.iterate(start)(_ + 3).takeWhile(_ < 24)) withClue(s"fault at change $fault: ") {
        val out = Folders.create("killed").resolve("out")
        def run() = {
          val faulty = options(killed, plainCorpus, Path.of("/"))
          val there = new PackOptions(
            faulty.input,
            faulty.tokenizer,
            faulty.rules,
            s"faulty://$out",
            faulty.specialTokens,
            null,
            0,
            0,
            faulty.emit,
            faulty.badRecords,
            false,
            false
          )
          new PackJob(LocalSpark.session, there, JobProgress.NONE, WordTokenizer.Provider, (_, _) => 3).run()
        }
        FaultyFileSystem.dyingAt(fault)(run())
        val again = Packed(run(), out)
        assert(again.digest == expected.digest)
        assert(again.dropped.map(_.toString).sorted == expected.dropped.map(_.toString).sorted)
        assert(again.findings == Nil)
      }
    }
  )

  describe("pieces that would not be complete inputs are refused with --special-tokens chunk:") {
    for (
      refused <- Seq(
        rules(PackingStrategy.WRAPPED),
        rules(PackingStrategy.BFD, "split-overlap 3"),
        rules(PackingStrategy.FFD, "truncate-head")
      )
    )
      it(s"${refused.strategy.optionName} ${refused.overflow.optionName}") {
        val nowhere = Path.of("nowhere")
        val message = intercept[InvalidInputException] {
          options(refused, nowhere, nowhere, special = SpecialTokensPolicy.CHUNK)
        }.getMessage
        assert(message.contains("--special-tokens chunk") && !message.contains("\n"))
      }
  }

  it("verify finds rows that break the limits, and starts and chunks that the rules do not give") {
    val sound = pack(rules(PackingStrategy.WRAPPED))
    val manifest = sound.folder.resolve("_varlen/manifest.json")
    val text = Files.readString(manifest)
    def findings(edits: (String, String)*): Seq[String] = {
      val edited = edits.foldLeft(text) { case (all, (from, to)) =>
        assert(all.contains(from), from)
        all.replace(from, to)
      }
      Files.writeString(manifest, edited)
      sound.findings
    }
    def field(name: String, value: String) = "\"" + name + "\" : " + value
    val bfd = field("strategy", "\"wrapped\"") -> field("strategy", "\"bfd\"")
    assert(findings(bfd).exists(_.contains("token_start")))
    val limits = Seq(
      (field("pad_to_multiple", "1") -> field("pad_to_multiple", "4")) -> "padded to a multiple of 4",
      (field("max_documents_per_row", "null") -> field("max_documents_per_row", "1")) -> "must have at most 1",
      (field("max_squared_length", "null") -> field("max_squared_length", "500")) -> "at most 500"
    )
    for ((edit, problem) <- limits) assert(findings(bfd, edit).exists(_.contains(problem)), problem)
    val packing = "\"packing\" : {\n    " + field("strategy", "\"wrapped\"") + ",\n    "
    val drop = (packing + field("overflow", "\"split\"")) -> (packing.replace("wrapped", "bfd") + field(
      "overflow",
      "\"drop\""
    ))
    assert(findings(drop).exists(_.contains("no document was split under overflow drop")))
  }
}
