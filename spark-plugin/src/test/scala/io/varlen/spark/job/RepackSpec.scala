package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.packing.{Overflow, PackingRules, PackingStrategy, RowLimits, SpecialTokensPolicy}
import io.varlen.spark.dataset.{JsonSchema, PackedDataset}
import io.varlen.spark.input.{BadRecordPolicy, DocumentColumns, InputFormat, InputOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import io.varlen.tokenizer.TokenizerSource
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** A packed dataset as the input of pack, and the forecast of plan beside what pack then does. */
class RepackSpec extends AnyFunSpec {
  import SpecialTokensPolicy.{CHUNK, DOCUMENT, NONE}

  private def hadoop = LocalSpark.context.hadoopConfiguration()

  private case class Packed(report: JobReport, folder: Path) {
    lazy val dataset: PackedDataset = PackedDataset.open(hadoop, folder.toString)
    def digest: String = report.figures.get("digest").toString
    def figure(name: String): Long = report.figures.get(name).asInstanceOf[Number].longValue
    def requireSound(): Unit = {
      val manifest = JsonSchema.read(Files.readString(folder.resolve("_varlen/manifest.json")))
      assert(JsonSchema.violations(JsonSchema.ofManifest, manifest) == Nil)
      val report = new VerifyJob(LocalSpark.session, new VerifyOptions(folder.toString), JobProgress.NONE).run()
      assert(report.findings.isEmpty, report.findings)
    }
  }

  private def rules(strategy: PackingStrategy, seqLen: Int, overflow: String = "split") =
    new PackingRules(strategy, RowLimits.ofLength(seqLen), Overflow.ofName(overflow))

  private def pack(
      in: InputOptions,
      rules: PackingRules,
      special: SpecialTokensPolicy,
      tokenizer: TokenizerSource = WordTokenizer.Source,
      splitMasked: Boolean = false,
      seed: Long = 5,
      groups: Int = 3
  ): Packed = {
    val out = Folders.create("repack").resolve("out")
    val options = new PackOptions(
      in,
      tokenizer,
      rules,
      out.toString,
      special,
      null,
      seed,
      0,
      java.util.Set.of(),
      BadRecordPolicy.FAIL,
      false,
      splitMasked
    )
    Packed(
      new PackJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run(),
      out
    )
  }

  private def jsonl(inputs: Path*)(columns: DocumentColumns = DocumentColumns.text("text")) =
    new InputOptions(inputs.map(_.toString).asJava, InputFormat.JSONL, columns, null)

  private def words(random: Random, count: Int) = Seq.fill(count)("x" * (1 + random.nextInt(90))).mkString(" ")

  private def corpus(random: Random, name: String): Path = {
    val lines = (0 until 120).map { i =>
      val length = if (i % 11 == 0) random.nextInt(200) else random.nextInt(30)
      s"""{"id": "$name$i", "text": "${words(random, length)}"}\n"""
    }
    TestFiles.write(Folders.create("in").resolve(s"$name.jsonl"), lines.mkString)
  }

  private def refusal(body: => Any): String = {
    val message = intercept[InvalidInputException](body).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  describe("a packed dataset that is packed again") {
    val seed = Random.nextLong()

    for {
      (from, to) <- Seq(
        NONE -> NONE,
        DOCUMENT -> DOCUMENT,
        CHUNK -> CHUNK,
        DOCUMENT -> NONE,
        NONE -> DOCUMENT,
        CHUNK -> DOCUMENT
      )
    }
      it(s"has the rows of its text, special tokens ${from.optionName} and then ${to.optionName}") {
        info(s"seed $seed")
        val random = new Random(seed)
        val in = jsonl(corpus(random, "a"), corpus(random, "b"))()
        def anyStrategy(policy: SpecialTokensPolicy) = {
          val possible = PackingStrategy.values.filter(s => policy != CHUNK || s != PackingStrategy.WRAPPED)
          possible(random.nextInt(possible.length))
        }
        val first = pack(in, rules(anyStrategy(from), 8 + random.nextInt(30)), from)
        val strategy = anyStrategy(to)
        val wanted = rules(strategy, 8 + random.nextInt(60))
        val again = pack(first.dataset.asInput, wanted, to)
        val direct = pack(in, wanted, to)
        assert(again.digest == direct.digest, s"$strategy")
        for (name <- Seq("documents", "empty_documents", "source_tokens", "added_special_tokens", "rows"))
          assert(again.figure(name) == direct.figure(name), name)
        val (packing, expected) = (again.dataset.manifest.packing, direct.dataset.manifest.packing)
        assert(packing.ledger == expected.ledger && packing.sources == expected.sources)
        assert(packing.documents.toHistogram == expected.documents.toHistogram)
        assert(packing.utf8Bytes == expected.utf8Bytes)
        again.requireSound()
      }

    it("keeps its loss masks") {
      val random = new Random(seed)
      val lines = (0 until 60).map { i =>
        s"""{"id": "$i", "p": "${words(random, random.nextInt(9))}", "c": "${words(random, random.nextInt(9))}"}\n"""
      }
      val file = TestFiles.write(Folders.create("in").resolve("chats.jsonl"), lines.mkString)
      val in = jsonl(file)(DocumentColumns.promptCompletion("p", "c"))
      val first = pack(in, rules(PackingStrategy.BFD, 8), DOCUMENT, splitMasked = true)
      val again = pack(first.dataset.asInput, rules(PackingStrategy.FFD, 40), DOCUMENT)
      assert(again.digest == pack(in, rules(PackingStrategy.FFD, 40), DOCUMENT).digest)
      again.requireSound()
      val message = refusal(pack(first.dataset.asInput, rules(PackingStrategy.BFD, 40), NONE))
      assert(message.contains("has a loss mask and was packed with --special-tokens document, which must stay"))
      assert(refusal(pack(first.dataset.asInput, rules(PackingStrategy.BFD, 8), DOCUMENT)).contains("--split-masked"))
    }

    it("may be packed again and again, by other seeds") {
      val in = jsonl(corpus(new Random(seed), "a"))()
      val first = pack(in, rules(PackingStrategy.BFD, 20), DOCUMENT, seed = 1)
      val second = pack(first.dataset.asInput, rules(PackingStrategy.RANDOM_FIT, 33), NONE, seed = 2)
      val third = pack(second.dataset.asInput, rules(PackingStrategy.BFD, 20), DOCUMENT, seed = 1)
      assert(third.digest == first.digest && second.digest != first.digest)
    }

    it("is refused where documents are not whole, with another tokenizer, and beside other inputs") {
      val in = jsonl(corpus(new Random(seed), "a"))()
      for (overflow <- Seq("drop", "truncate-head", "truncate-tail", "split-overlap 2")) {
        val cut = pack(in, rules(PackingStrategy.BFD, 10, overflow), NONE)
        val message = refusal(pack(cut.dataset.asInput, rules(PackingStrategy.BFD, 20), NONE))
        assert(message.contains("pack the text itself") && message.contains("--overflow split"), message)
      }
      val whole = pack(in, rules(PackingStrategy.BFD, 10), NONE)
      val other = new TokenizerSource("other", "{ }".getBytes, null, "0" * 64)
      val message = refusal(pack(whole.dataset.asInput, rules(PackingStrategy.BFD, 20), NONE, other))
      assert(message.contains("leave --tokenizer out"), message)
      val both = new InputOptions((in.inputs.asScala :+ whole.folder.toString).asJava, InputFormat.JSONL)
      assert(refusal(pack(both, rules(PackingStrategy.BFD, 20), NONE)).contains("must be the only --input"))
    }
  }

  describe("plan") {
    def plan(folder: Path, candidates: PackingRules*) =
      new PlanJob(LocalSpark.session, new PlanOptions(folder.toString, candidates.asJava)).run()

    it("tells what pack then does in one group") {
      val seed = Random.nextLong()
      info(s"seed $seed")
      val in = jsonl(corpus(new Random(seed), "a"), corpus(new Random(seed + 1), "b"))()
      for (policy <- Seq(NONE, DOCUMENT)) {
        val packed = pack(in, rules(PackingStrategy.BFD, 16), policy, groups = 4)
        for (overflow <- Seq("split", "split-overlap 3", "truncate-tail", "drop"); seqLen <- Seq(11, 40)) {
          val wanted = rules(PackingStrategy.BFD, seqLen, overflow)
          val forecast = plan(packed.folder, wanted).forecasts.get(0)
          val done = pack(in, wanted, policy, groups = 1)
          assert(forecast.packedTokens == done.figure("packed_tokens"))
          assert(forecast.repeatedTokens == done.figure("repeated_tokens"))
          assert(forecast.lostTokens == done.figure("truncated_tokens") + done.figure("dropped_tokens"))
          assert(forecast.droppedDocuments == done.figure("dropped_documents"))
          assert(forecast.segments == done.dataset.manifest.packing.lengths.toHistogram.total)
          assert(forecast.rows == done.figure("rows"))
        }
      }
    }

    it("puts the special tokens of each chunk where they would be") {
      val in = jsonl(corpus(new Random(3), "a"))()
      val packed = pack(in, rules(PackingStrategy.BFD, 16), CHUNK)
      val wanted = rules(PackingStrategy.BFD, 40)
      val job = new PlanJob(
        LocalSpark.session,
        new PlanOptions(packed.folder.toString, Seq(wanted).asJava),
        WordTokenizer.Provider
      )
      assert(job.run().forecasts.get(0).packedTokens == pack(in, wanted, CHUNK).figure("packed_tokens"))
    }

    it("refuses what is no packed dataset, and over-long documents where none may be") {
      assert(refusal(plan(Folders.create("none"), rules(PackingStrategy.BFD, 8))).contains("is not a packed dataset"))
      val packed = pack(jsonl(corpus(new Random(3), "a"))(), rules(PackingStrategy.BFD, 16), NONE)
      assert(refusal(plan(packed.folder, rules(PackingStrategy.BFD, 16, "fail"))).contains("a document has"))
    }
  }
}
