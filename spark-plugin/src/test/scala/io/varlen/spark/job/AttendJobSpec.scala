package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.attention.{Attention, AttentionListener}
import io.varlen.model.PackedBatch
import io.varlen.packing.{PackedRow, PackingRules, SpecialTokensPolicy}
import io.varlen.spark.dataset.{DerivedColumn, PackedDataset}
import io.varlen.spark.engine.{Compute, Engine, ModelReference}
import io.varlen.spark.input.{BadRecordPolicy, InputOptions}
import io.varlen.spark.statistics.{HeadCharts, HeadTable}
import io.varlen.spark.{FaultyFileSystem, Folders, Golden, LocalSpark, TinyLlama}
import org.apache.spark.TaskContext
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.types.{DoubleType, IntegerType, LongType}
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.{Files, Path}
import java.util.concurrent.atomic.AtomicInteger
import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._
import scala.util.Random

class AttendJobSpec extends AnyFunSpec {
  import AttendJobSpec._
  import EmbedJobSpec.{digests, jsonl, listing, packed, write}

  private def spark = LocalSpark.session
  private def output(): Path = Folders.create("attend").resolve("out")
  private def builtin = ModelReference.of(ModelReference.BUILTIN, null)

  private def run(
      options: AttendOptions,
      progress: JobProgress = JobProgress.NONE,
      charts: HeadCharts = HeadCharts.NONE
  ): JobReport = new AttendJob(spark, options, charts, progress).run()

  private def attend(
      input: InputOptions,
      model: ModelReference = TinyLlama.model,
      limitTokens: Long = 0
  ): Map[(Int, Int), Row] = {
    val out = output()
    run(options(input, out, model = model, limitTokens = limitTokens))
    read(spark, out)
  }

  private def failure(options: => AttendOptions): String = {
    val message = intercept[InvalidInputException](run(options)).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  private def pack(
      input: Path,
      seqLen: Int,
      policy: SpecialTokensPolicy = SpecialTokensPolicy.DOCUMENT,
      model: ModelReference = TinyLlama.model
  ): Path = {
    val out = Folders.create("packed").resolve("out")
    val tokenizer = Engine.get.model(model).tokenizer
    val nothing = java.util.Set.of[DerivedColumn]()
    val fail = BadRecordPolicy.FAIL
    val rules = PackingRules.ofLength(seqLen)
    new PackJob(
      spark,
      new PackOptions(jsonl(input), tokenizer, rules, out.toString, policy, null, 0, 0, nothing, fail, false, false),
      JobProgress.NONE
    ).run()
    out
  }

  describe("statistics of texts") {
    lazy val rows = attend(jsonl(TinyLlama.texts))

    it("are those of PyTorch's eager attention") {
      val expected = TinyLlama.expected.get("attention")
      assert(rows.size == TinyLlama.Layers * TinyLlama.Heads)
      for (((layer, head), row) <- rows) {
        val means = expected.get("means").get(layer).get(head)
        assert(row.queries == expected.get("queries").longValue)
        assert(row.statistics.size == 6 && row.statistics(5).isEmpty)
        for (i <- 0 until 5) {
          val right = means.get(i).doubleValue
          assert(math.abs(row.statistics(i).get - right) <= 1e-5 * math.max(1, math.abs(right)), s"$layer $head $i")
        }
      }
    }

    it("have the columns, figures and notes that were promised") {
      val out = output()
      val notes = new Notes
      val report = run(options(jsonl(TinyLlama.texts), out), notes)
      val columns = spark.read.parquet(out.toString).schema.fields.map(field => field.name -> field.dataType).toSeq
      val names = Seq("entropy", "mean_distance", "sink_mass", "window_mass", "max_logit", "leakage")
      assert(
        columns == Seq("layer" -> IntegerType, "head" -> IntegerType, "queries" -> LongType) ++ names
          .map(_ -> DoubleType)
      )
      val figures = report.figures.asScala
      assert(figures("rows") == 8 && figures("sampled_rows") == 8 && figures("sequences") == 8)
      assert(figures("layers") == TinyLlama.Layers && figures("heads") == TinyLlama.Heads)
      assert(figures("queries") == rows.head._2.queries && figures("max_length") == 64 && figures("window") == Window)
      for ((name, i) <- names.zipWithIndex.take(5)) {
        val mean = rows.values.map(_.statistics(i).get).sum / rows.size
        assert(math.abs(figures(name).asInstanceOf[Double] - mean) < 1e-12 * math.max(1, mean), name)
      }
      assert(figures("leakage") == null && figures("backend") == "cpu")
      assert(notes.lines.count(_.startsWith("leakage is null: ")) == 1)
    }

    it("are those of an encoder, too") {
      val found = attend(jsonl(write("documents.jsonl", Seq("cats sleep" -> "a", "" -> "b"))), builtin)
      assert(found.keySet == (for (l <- 0 until 6; h <- 0 until 12) yield (l, h)).toSet)
      for (row <- found.values) {
        assert(row.queries == 4 + 2)
        // every token sees all of its text: four or two
        assert(row.statistics(0).get > 0 && row.statistics(0).get <= (4 * math.log(4) + 2 * math.log(2)) / 6)
        assert(row.statistics(3).exists(mass => math.abs(mass - 1) < 1e-12))
      }
    }

    it("are cut to --max-length") {
      val long = write("documents.jsonl", Seq("abcdefgh" -> "a"))
      val short = write("documents.jsonl", Seq("abc" -> "a"))
      val out = output()
      run(options(jsonl(long), out, maxLength = 4))
      assert(read(spark, out) == attend(jsonl(short)) && read(spark, out)((0, 0)).queries == 4)
    }
  }

  describe("statistics of packed rows") {
    lazy val dataset = pack(TinyLlama.texts, 64)

    it("are those of their definition, leakage among them") {
      val found = attend(packed(dataset))
      val expected = bruteForce(PackedDataset.open(spark.sparkContext.hadoopConfiguration, dataset.toString))
      assert(found.keySet == expected.keySet)
      for ((key, row) <- found; i <- 0 until 6) {
        val right = expected(key).statistics(i).get
        assert(row.queries == expected(key).queries)
        assert(math.abs(row.statistics(i).get - right) <= 1e-10 * math.max(1, math.abs(right)), s"$key $i")
      }
      assert(found.values.forall(_.statistics(5).get > 0.01))
    }

    it("have no leakage where each row holds one document, and then are those of the texts") {
      val texts = (0 until 5).map(i => "abcdefghijklmnopqrstuvwxyz ".repeat(3).slice(i, i + 31) -> s"d$i")
      val input = write("documents.jsonl", texts)
      val found = attend(packed(pack(input, 32)))
      val fromText = attend(jsonl(input))
      for ((key, row) <- found) {
        assert(row.statistics(5).contains(0.0))
        assert(row.statistics.init == fromText(key).statistics.init && row.queries == fromText(key).queries)
      }
    }

    it("do not depend on the number of partitions or on the token budget") {
      val rows = attend(packed(dataset))
      for (budget <- Seq("1", "100", "100000"))
        LocalSpark.withConf("spark.varlen.attend.tokenBudget", budget)(assert(attend(packed(dataset)) == rows))
      val fromText = attend(jsonl(TinyLlama.texts))
      for (partitions <- Seq("1", "7", "64"))
        LocalSpark.withConf("spark.varlen.input.partitions", partitions) {
          assert(attend(jsonl(TinyLlama.texts)) == fromText)
        }
    }

    it("are there for a dataset without a token: rows of the table without values") {
      val input = write("documents.jsonl", Seq("" -> "a", "" -> "b"))
      val found = attend(packed(pack(input, 64, SpecialTokensPolicy.NONE)))
      assert(found.size == TinyLlama.Layers * TinyLlama.Heads)
      assert(found.values.forall(row => row.queries == 0 && row.statistics.forall(_.isEmpty)))
    }
  }

  describe("the sample") {
    lazy val many = {
      val random = new Random(3)
      val letters = "abcdefghij klmnop"
      write(
        "many.jsonl",
        (0 until 400).map(i => Seq.fill(10 + random.nextInt(30))(letters(random.nextInt(17))).mkString -> s"d$i")
      )
    }

    it("holds about as many tokens as were asked, the same ones whatever the cluster") {
      val dataset = pack(many, 64)
      for ((input, tokens) <- Seq(packed(dataset) -> 64, jsonl(many) -> 40)) {
        val out = output()
        val report = run(options(input, out, limitTokens = 1000))
        val queries = report.figures.get("queries").asInstanceOf[Long]
        val rows = report.figures.get("sampled_rows").asInstanceOf[Long]
        assert(queries > 300 && queries < 4000 && rows >= queries / tokens, s"$queries in $rows")
        assert(rows < report.figures.get("rows").asInstanceOf[Long])
        for (partitions <- Seq("1", "64"))
          LocalSpark.withConf("spark.varlen.input.partitions", partitions) {
            assert(attend(input, limitTokens = 1000) == read(spark, out))
          }
      }
    }

    it("is everything where the limit is above it, and one row where it is below any") {
      val dataset = pack(TinyLlama.texts, 64)
      assert(attend(packed(dataset), limitTokens = 1000000) == attend(packed(dataset)))
      for (input <- Seq(packed(dataset), jsonl(TinyLlama.texts))) {
        val report = run(options(input, output(), limitTokens = 1))
        assert(report.figures.get("sampled_rows") == 1)
      }
    }
  }

  describe("bad input") {
    it("is a dataset of another tokenizer, or no dataset") {
      val dataset = pack(TinyLlama.texts, 64)
      val message = failure(options(packed(dataset), output(), model = builtin))
      assert(message.contains("was packed with the tokenizer") && message.contains("attend to the text itself"))
      val table = output()
      run(options(packed(dataset), table))
      assert(failure(options(packed(table), output())).contains("it is the output of attend"))
    }

    it("is a row that the model has no positions for, or an id that it does not know")(LocalSpark.quietly {
      val long = pack(write("documents.jsonl", Seq("xyz " * 100 -> "a")), 100)
      val tooLong = failure(options(packed(long), output()))
      assert(tooLong.contains("row_id ") && tooLong.contains("takes up to 64") && tooLong.contains("--seq-len"))
      val more = TinyLlama.changed("tokenizer.json") { json =>
        val added = """{"id":300,"content":"<new>","single_word":false,"lstrip":false,"rstrip":false,""" +
          """"normalized":false,"special":true},"""
        json.replaceFirst("\"added_tokens\": ?\\[", "$0" + java.util.regex.Matcher.quoteReplacement(added))
      }
      val model = ModelReference.of(more.toString, null)
      val texts = jsonl(write("documents.jsonl", Seq("fine" -> "a", "not <new> fine" -> "b")))
      assert(failure(options(texts, output(), model = model)).contains("document b: token id 300 "))
    })

    it("is a number out of range") {
      val texts = jsonl(TinyLlama.texts)
      assert(failure(options(texts, output(), maxLength = 65)).contains("positions for 64 tokens"))
      assert(failure(options(texts, output(), maxLength = 0)).contains("--max-length is 0"))
      assert(failure(options(texts, output(), maxLength = 1)).contains("it is at least 2"))
      assert(failure(options(texts, output(), window = -1)).contains("--window is -1"))
      assert(failure(options(texts, output(), limitTokens = -1)).contains("--limit-tokens is -1"))
      val dataset = pack(TinyLlama.texts, 64)
      assert(failure(options(packed(dataset), output(), maxLength = 8)).contains("--max-length is for text"))
    }
  }

  describe("the output") {
    FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())

    it("has the charts beside the table, and loses them with it") {
      val out = output()
      val input = jsonl(TinyLlama.texts)
      val charts: HeadCharts =
        (table: HeadTable, _) => java.util.Map.of("_rows.svg", table.rows.toString.getBytes("UTF-8"))
      run(options(input, out), charts = charts)
      assert(Files.readString(out.resolve("_rows.svg")) == "8" && read(spark, out).size == 8)
      run(options(input, out, window = 3, overwrite = true))
      assert(!Files.exists(out.resolve("_rows.svg")) && read(spark, out).size == 8)
    }

    it("is left alone when it is complete, refused to another job, and replaced only when told") {
      val out = output()
      val input = jsonl(TinyLlama.texts)
      val first = run(options(input, out))
      val before = listing(out)
      val again = run(options(input, out))
      assert(again.unchanged && again.figures.get("entropy") == first.figures.get("entropy"))
      assert(listing(out) == before)
      assert(failure(options(input, out, window = 6)).contains("window is 5 there and 6 here"))
      assert(failure(options(input, out, limitTokens = 3)).contains("limit-tokens is 0 there and 3 here"))
      run(options(input, out, window = 6, overwrite = true))
      assert(read(spark, out)((0, 0)).statistics(3).get > again.figures.get("window_mass").asInstanceOf[Double] / 2)
    }

    lazy val many = pack(ScoreJobSpec.manyDocuments(), 64)
    lazy val manyAttended = {
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
          FaultyFileSystem.changing(2 + random.nextInt(20), () => cancelAllJobs(cancelled)) {
            run(manyOptions(many, s"faulty://$out"))
          }
        catch { case e: Exception => assert(cancelled.get > 0, e) }
      run(manyOptions(many, s"faulty://$out"))
      assert(digests(spark, out) == digests(spark, manyAttended))
    })

    it("is continued after the JVM was killed, on another number of cores") {
      for (changes <- Seq(12, 41))
        KilledAttend.assertContinued(many, manyAttended, changes)
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

  private class Notes extends JobProgress {
    val lines = ArrayBuffer.empty[String]
    override def stage(name: String, total: Long, unit: String): Unit = ()
    override def advance(done: Long): Unit = ()
    override def note(line: String): Unit = lines += line
  }

  /** Statistics of all rows with the whole matrix of weights, from the queries and keys of the tiny Llama. */
  private def bruteForce(dataset: PackedDataset): Map[(Int, Int), Row] = {
    val model = Engine.get.transformer(TinyLlama.model, Compute.on("cpu"))
    val sums = scala.collection.mutable.Map.empty[(Int, Int), Array[Double]].withDefault(_ => new Array[Double](6))
    var queries = 0L
    val parts = dataset.manifest.parts.asScala.iterator.flatMap(dataset.read(_).asScala)
    for (row <- parts.map(_.toPackedRow(dataset.rowCheck))) {
      val ids = row.inputIds.take(row.nTokens)
      queries += ids.length
      val listener: AttentionListener = (layer: Int, _: String, call: Attention) =>
        for (head <- 0 until TinyLlama.Heads)
          sums((layer, head)) = sums((layer, head)).zip(ofRow(row, call, head)).map { case (a, b) => a + b }
      model.forward(new PackedBatch(ids, row.cuSeqlens), listener).close()
    }
    sums.toMap.map { case (key, all) => key -> Row(queries, all.toSeq.map(sum => Some(sum / queries))) }
  }

  private def ofRow(row: PackedRow, call: Attention, head: Int): Array[Double] = {
    def vector(heads: io.varlen.attention.Heads, all: Array[Float], token: Int, h: Int) =
      all.slice(heads.elementOffset(token, h).toInt, heads.elementOffset(token, h).toInt + heads.dim).map(_.toDouble)
    val (q, k) = (call.q.tensor.toArray, call.k.tensor.toArray)
    val keyHead = head / (call.q.count / call.k.count)
    val keys = (0 until row.nTokens).map(vector(call.k, k, _, keyHead))
    val segment = row.cuSeqlens.segmentIds
    val sums = new Array[Double](6)
    for (t <- 0 until row.nTokens) {
      val query = vector(call.q, q, t, head)
      val scores = (0 to t).map(j => call.options.scale * query.zip(keys(j)).map { case (a, b) => a * b }.sum)
      def softmax(visible: Int => Boolean) = {
        val weights = (0 to t).map(j => if (visible(j)) math.exp(scores(j)) else 0.0)
        weights.map(_ / weights.sum)
      }
      val own = softmax(j => segment(j) == segment(t))
      sums(0) -= own.filter(_ > 0).map(p => p * math.log(p)).sum
      sums(1) += own.zipWithIndex.map { case (p, j) => p * (t - j) }.sum
      sums(2) += own(segment.indexOf(segment(t)))
      sums(3) += own.zipWithIndex.collect { case (p, j) if t - j <= Window => p }.sum
      sums(4) += (0 to t).filter(j => segment(j) == segment(t)).map(scores).max
      sums(5) += softmax(_ => true).zipWithIndex.collect { case (p, j) if segment(j) != segment(t) => p }.sum
    }
    sums
  }
}

object AttendJobSpec {
  val Window: Int = TinyLlama.expected.get("window").intValue

  /** In the order of the columns; none where there is no value. */
  final case class Row(queries: Long, statistics: Seq[Option[Double]])

  def options(
      input: InputOptions,
      output: Path,
      maxLength: Integer = null,
      window: Int = Window,
      limitTokens: Long = 0,
      overwrite: Boolean = false,
      model: ModelReference = TinyLlama.model
  ) = new AttendOptions(
    new DocumentOptions(
      input,
      model,
      output.toString,
      maxLength,
      Compute.DEFAULT,
      BadRecordPolicy.FAIL,
      overwrite,
      0
    ),
    window,
    limitTokens
  )

  /** What Spark reads, by layer and head; fails if a head has two rows. */
  def read(spark: SparkSession, output: Path): Map[(Int, Int), Row] = {
    val rows = spark.read.parquet(output.toString).collect().toSeq.map { row =>
      val statistics = (3 until 9).map(i => if (row.isNullAt(i)) None else Some(row.getDouble(i)))
      (row.getInt(0), row.getInt(1)) -> Row(row.getLong(2), statistics)
    }
    assert(rows.map(_._1).distinct.size == rows.size)
    rows.toMap
  }

  /** About 40,000 tokens, which are ten units. */
  def manyOptions(input: Path, output: String): AttendOptions =
    new AttendOptions(new DocumentOptions(EmbedJobSpec.jsonl(input), TinyLlama.model, output), Window, 40000)
}

/** Attends to a dataset, and is killed while it writes. */
object KilledAttend extends KilledJob {
  override protected def run(spark: SparkSession, input: Path, output: String): JobReport =
    new AttendJob(spark, AttendJobSpec.manyOptions(input, output), HeadCharts.NONE, JobProgress.NONE).run()
}
