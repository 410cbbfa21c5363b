package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.packing.{PackingRules, SpecialTokensPolicy}
import io.varlen.spark.engine.{Compute, Engine, ModelReference}
import io.varlen.spark.input.{BadRecordPolicy, InputOptions}
import io.varlen.spark.{FaultyFileSystem, Folders, Golden, LocalSpark, TinyLlama}
import org.apache.spark.TaskContext
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.types.{DoubleType, LongType, StringType}
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.{Files, Path}
import java.util.concurrent.atomic.AtomicInteger
import scala.jdk.CollectionConverters._
import scala.util.Random

class ScoreJobSpec extends AnyFunSpec {
  import EmbedJobSpec.{digests, jsonl, listing, packed, write}
  import ScoreJobSpec._

  private def spark = LocalSpark.session
  private def output(): Path = Folders.create("score").resolve("out")

  private def run(options: ScoreOptions, progress: JobProgress = JobProgress.NONE): JobReport =
    new ScoreJob(spark, options, progress).run()

  private def score(input: InputOptions, maxLength: Integer = null, stride: Integer = null): Map[String, Score] = {
    val out = output()
    run(options(input, out, maxLength, stride))
    read(spark, out)
  }

  private def failure(options: => ScoreOptions): String = {
    val message = intercept[InvalidInputException](run(options)).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  private def pack(
      input: Path,
      seqLen: Int,
      policy: SpecialTokensPolicy,
      model: ModelReference = TinyLlama.model
  ): Path = {
    val out = Folders.create("packed").resolve("out")
    val tokenizer = Engine.get.model(model).tokenizer
    val rules = PackingRules.ofLength(seqLen)
    val nothing = java.util.Set.of[io.varlen.spark.dataset.DerivedColumn]()
    new PackJob(
      spark,
      new PackOptions(
        jsonl(input),
        tokenizer,
        rules,
        out.toString,
        policy,
        null,
        0,
        0,
        nothing,
        BadRecordPolicy.FAIL,
        false,
        false
      ),
      JobProgress.NONE
    ).run()
    out
  }

  describe("scores") {
    it("are transformers' losses per document, at the model's own limit and in smaller windows") {
      for (
        (scores, nll) <- Seq(
          score(jsonl(TinyLlama.texts)) -> "nll_default",
          score(jsonl(TinyLlama.texts), MaxLength, Stride) -> "nll"
        )
      ) {
        assert(scores.keySet == TinyLlama.documents.map(_.get("id").textValue).toSet)
        for (document <- TinyLlama.documents) {
          val found = scores(document.get("id").textValue)
          val expected = document.get(nll).doubleValue
          assert(found.nTokens == document.get("n_tokens").longValue)
          assert(found.nScored == document.get("n_scored").longValue)
          assert(math.abs(found.nll - expected) <= 1e-5 * expected, document)
          if (found.nScored == 0) assert(found.perplexity.isEmpty)
          else assert(found.perplexity.get == math.exp(found.nll / found.nScored))
        }
      }
    }

    it("have the columns and figures that were promised") {
      val out = output()
      val report = run(options(jsonl(TinyLlama.texts), out, MaxLength, Stride))
      val columns = spark.read.parquet(out.toString).schema.fields.map(field => field.name -> field.dataType).toSeq
      val numbers = Seq("n_tokens" -> LongType, "n_scored" -> LongType, "nll" -> DoubleType, "perplexity" -> DoubleType)
      assert(columns == ("doc_id" -> StringType) +: numbers)
      val figures = report.figures.asScala
      val scores = read(spark, out)
      val scored = scores.values.map(_.nScored).sum
      assert(figures("documents") == scores.size && figures("tokens") == scores.values.map(_.nTokens).sum)
      assert(figures("scored_tokens") == scored && figures("quarantined_documents") == 0)
      // 199 tokens in windows of 48 that begin 32 apart, 71 and 59 in two each, the others as they are
      assert(figures("encoded_tokens") == 2 + 2 + 24 + 44 + (48 + 27) + (48 + 39) + (5 * 48 + 39))
      val nll = figures("nll").asInstanceOf[Double]
      assert(math.abs(nll - scores.values.map(_.nll).sum) < 1e-9 * nll)
      assert(figures("perplexity") == math.exp(nll / scored))
      assert(figures("max_length") == MaxLength && figures("stride") == Stride && figures("backend") == "cpu")
      assert(figures("model_sha256").toString.matches("[0-9a-f]{64}"))
      assert(figures("tokens_per_second").asInstanceOf[Double] > 0)
    }

    it("have one row for every document, also where there is nothing to score") {
      val scores = score(jsonl(write("documents.jsonl", Seq("" -> "empty", "a" -> "a"))))
      assert(scores == Map("empty" -> Score(1, 0, 0, None), "a" -> scores("a")) && scores("a").nScored == 1)
      val none = output()
      val report = run(options(jsonl(write("documents.jsonl", Seq("" -> "empty"))), none))
      assert(read(spark, none) == Map("empty" -> Score(1, 0, 0, None)))
      assert(report.figures.get("perplexity") == null && report.toJson.contains("\"perplexity\":null"))
    }

    it("do not depend on the number of partitions or on the token budget") {
      lazy val many = manyDocuments()
      lazy val scores = score(jsonl(many), MaxLength, Stride)
      for (partitions <- Seq("1", "7", "64"))
        LocalSpark.withConf("spark.varlen.input.partitions", partitions) {
          assert(score(jsonl(many), MaxLength, Stride) == scores)
        }
      for (budget <- Seq("1", "300"))
        LocalSpark.withConf("spark.varlen.score.tokenBudget", budget) {
          assert(score(jsonl(many), MaxLength, Stride) == scores)
        }
    }

    it("of a token are the same in every window that gives it the same context") {
      // windows of two tokens: each token after the one before it alone
      val texts = Seq("a" -> "a", "b" -> "b", "ab" -> "ab", "ba" -> "ba", "abababab" -> "many")
      val scores = score(jsonl(write("documents.jsonl", texts)), 2, 1)
      assert(scores("many").nScored == 8 && scores("ab").nScored == 2)
      val bAfterA = scores("ab").nll - scores("a").nll
      val aAfterB = scores("ba").nll - scores("b").nll
      val expected = scores("a").nll + 4 * bAfterA + 3 * aAfterB
      assert(math.abs(scores("many").nll - expected) < 1e-12 * expected)
    }
  }

  describe("scores, traced") {
    it("are the same, and the notes tell how attention was called") {
      val notes = scala.collection.mutable.ArrayBuffer.empty[String]
      val progress = new JobProgress {
        override def stage(name: String, total: Long, unit: String): Unit = ()
        override def advance(done: Long): Unit = ()
        override def note(line: String): Unit = notes += line
      }
      val out = output()
      LocalSpark.withConf("spark.varlen.score.tokenBudget", "100") {
        run(options(jsonl(TinyLlama.texts), out, MaxLength, Stride, trace = 2), progress)
      }
      assert(read(spark, out) == score(jsonl(TinyLlama.texts), MaxLength, Stride))
      assert(notes.size == 2 * (2 + TinyLlama.Layers) && notes.forall(_.startsWith("trace: batch ")))
      assert(notes.exists(_.contains("d1 tokens [0, 2)")) && notes.exists(_.contains("causal")))
    }
  }

  describe("scores of a packed dataset") {
    import SpecialTokensPolicy.{CHUNK, DOCUMENT, NONE}

    for ((seqLen, policy) <- Seq(64 -> DOCUMENT, 64 -> NONE, 512 -> CHUNK, 17 -> CHUNK, 3 -> DOCUMENT))
      it(s"have the bits of those of its text, packed at $seqLen, special tokens: ${policy.optionName}") {
        val dataset = pack(TinyLlama.texts, seqLen, policy)
        assert(score(packed(dataset)) == score(jsonl(TinyLlama.texts)))
        assert(score(packed(dataset), MaxLength, Stride) == score(jsonl(TinyLlama.texts), MaxLength, Stride))
      }

    it("are refused where they could not be those of the text, in words of this command") {
      val dataset = pack(TinyLlama.texts, 64, DOCUMENT)
      val manifest = dataset.resolve("_varlen/manifest.json")
      val text = Files.readString(manifest)
      Files.writeString(manifest, text.replace("\"dropped_tokens\" : 0", "\"dropped_tokens\" : 3"))
      assert(failure(options(packed(dataset), output())).contains("score the text itself, or pack it with --overflow"))
      val embeddings = output()
      run(options(jsonl(TinyLlama.texts), embeddings))
      assert(failure(options(packed(embeddings), output())).contains("it is the output of score"))
    }
  }

  describe("bad input") {
    it("is a record that is no document") {
      val input = Folders.create("bad").resolve("documents.jsonl")
      val lines = Seq("""{"id":"a","text":"fine"}""", """{"id":"b","text":7}""", """{"id":"c","text":"also fine"}""")
      Files.writeString(input, lines.mkString("\n"))
      val message = failure(options(jsonl(input), output()))
      assert(message.contains("documents.jsonl") && message.contains("document b"), message)
      val out = output()
      val report = run(options(jsonl(input), out, badRecords = BadRecordPolicy.QUARANTINE))
      assert(report.figures.get("documents") == 2 && report.figures.get("quarantined_documents") == 1)
      assert(read(spark, out).keySet == Set("a", "c"))
    }

    it("is an id that the model does not know, in text and in packed rows")(LocalSpark.quietly {
      // the tokenizer knows one token more than the model
      val more = TinyLlama.changed("tokenizer.json") { json =>
        val added = """{"id":300,"content":"<new>","single_word":false,"lstrip":false,"rstrip":false,""" +
          """"normalized":false,"special":true},"""
        json.replaceFirst("\"added_tokens\": ?\\[", "$0" + java.util.regex.Matcher.quoteReplacement(added))
      }
      val model = ModelReference.of(more.toString, null)
      val texts = write("documents.jsonl", Seq("fine" -> "a", "not <new> fine" -> "b"))
      for (input <- Seq(jsonl(texts), packed(pack(texts, 16, SpecialTokensPolicy.DOCUMENT, model)))) {
        val message = failure(options(input, output(), model = model))
        assert(message.contains("document b: token id 300 ") && message.contains("vocabulary of 300"), message)
      }
    })

    it("is a model that does not predict the next token")(LocalSpark.quietly {
      val builtin = ModelReference.of(ModelReference.BUILTIN, null)
      val message = failure(options(jsonl(TinyLlama.texts), output(), model = builtin))
      assert(message.contains("type bert") && message.contains("does not predict the next token"), message)
    })

    it("is a window that the model has no positions for, or that cannot move") {
      def wrong(maxLength: Integer, stride: Integer) =
        failure(options(jsonl(TinyLlama.texts), output(), maxLength, stride))
      assert(wrong(65, null).contains("positions for 64 tokens"))
      assert(wrong(1, null).contains("at least 2"))
      assert(wrong(0, null).contains("at least 2"))
      for ((maxLength, stride) <- Seq[(Integer, Int)]((null, 64), (8, 8), (8, 0), (null, 0), (null, -3)))
        assert(wrong(maxLength, stride).contains(s"--stride is $stride; it must be from 1 to"), stride)
    }
  }

  describe("the output") {
    FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())

    it("is left alone when it is complete, and figures are given again") {
      val out = output()
      val first = run(options(jsonl(TinyLlama.texts), out))
      val before = listing(out)
      val again = run(options(jsonl(TinyLlama.texts), out))
      assert(again.unchanged && again.toJson.contains("\"unchanged\":true"))
      assert(again.figures.get("nll") == first.figures.get("nll") && listing(out) == before)
    }

    it("is refused to another job, and replaced only when told") {
      val out = output()
      val input = jsonl(TinyLlama.texts)
      run(options(input, out))
      assert(failure(options(input, out, stride = 7)).contains("stride is 32 there and 7 here"))
      assert(failure(options(input, out, maxLength = 32)).contains("max-length is 64 there and 32 here"))
      run(options(input, out, maxLength = MaxLength, stride = Stride, overwrite = true))
      assert(read(spark, out) == score(input, MaxLength, Stride))
    }

    lazy val many = manyDocuments()
    lazy val manyScored = {
      val out = output()
      run(manyOptions(many, out.toString))
      out
    }

    it("is continued where cancelled runs left off, to the same files")(LocalSpark.quietly {
      val seed = System.nanoTime()
      info(s"seed $seed")
      val random = new Random(seed)
      val out = output()
      val cancelled = new AtomicInteger // of all rounds: what is left of one may cancel the next
      for (_ <- 1 to 3)
        try
          FaultyFileSystem.changing(2 + random.nextInt(30), () => cancelAllJobs(cancelled)) {
            run(manyOptions(many, s"faulty://$out"))
          }
        catch { case e: Exception => assert(cancelled.get > 0, e) }
      run(manyOptions(many, s"faulty://$out"))
      assert(digests(spark, out) == digests(spark, manyScored))
    })

    it("is continued after the JVM was killed, on another number of cores") {
      KilledScore.assertContinued(many, manyScored, EmbedJobSpec.ChangesOfThreeUnits)
    }
  }

  /** Of the task that calls it and the others; comes back when the task knows. Once would not do: what an earlier round
    * left may call this before there is a job to cancel.
    */
  private def cancelAllJobs(calls: AtomicInteger): Unit = Option(TaskContext.get()).foreach { task =>
    while (!task.isInterrupted()) {
      calls.incrementAndGet()
      spark.sparkContext.cancelAllJobs()
      Thread.sleep(20)
    }
  }
}

object ScoreJobSpec {
  val MaxLength: Int = TinyLlama.expected.get("max_length").intValue
  val Stride: Int = TinyLlama.expected.get("stride").intValue

  final case class Score(nTokens: Long, nScored: Long, nll: Double, perplexity: Option[Double])

  def options(
      input: InputOptions,
      output: Path,
      maxLength: Integer = null,
      stride: Integer = null,
      badRecords: BadRecordPolicy = BadRecordPolicy.FAIL,
      overwrite: Boolean = false,
      model: ModelReference = TinyLlama.model,
      trace: Int = 0
  ) = new ScoreOptions(
    new DocumentOptions(input, model, output.toString, maxLength, Compute.DEFAULT, badRecords, overwrite, trace),
    stride
  )

  /** What Spark reads, by document; fails if a document has two rows. */
  def read(spark: SparkSession, output: Path): Map[String, Score] = {
    val rows = spark.read.parquet(output.toString).collect().toSeq.map { row =>
      val perplexity = if (row.isNullAt(4)) None else Some(row.getDouble(4))
      row.getString(0) -> Score(row.getLong(1), row.getLong(2), row.getDouble(3), perplexity)
    }
    assert(rows.map(_._1).distinct.size == rows.size)
    rows.toMap
  }

  /** Enough text for a dozen units. */
  def manyDocuments(): Path = {
    val text = Golden.lines(Golden.long).map(_.get("text").textValue).mkString(" ")
    val sentences = text.replaceAll("[^A-Za-z ]", " ").grouped(900).toSeq
    EmbedJobSpec.write("many.jsonl", (0 until 800).map(i => sentences(i % sentences.size) -> f"d$i%04d"))
  }

  def manyOptions(input: Path, output: String): ScoreOptions =
    new ScoreOptions(new DocumentOptions(EmbedJobSpec.jsonl(input), TinyLlama.model, output))
}

/** Scores a file, and is killed while it writes. */
object KilledScore extends KilledJob {
  override protected def run(spark: SparkSession, input: Path, output: String): JobReport =
    new ScoreJob(spark, ScoreJobSpec.manyOptions(input, output), JobProgress.NONE).run()
}
