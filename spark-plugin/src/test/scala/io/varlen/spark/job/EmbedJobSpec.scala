package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.attention.Dtype
import io.varlen.packing.{PackingRules, SpecialTokensPolicy}
import io.varlen.spark.embedding.LongDocuments
import io.varlen.spark.engine.{Compute, Engine, ModelReference}
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.spark.{FaultyFileSystem, Folders, ForkedJvm, Golden, LocalSpark}
import io.varlen.tokenizer.TokenizerSource
import org.apache.spark.TaskContext
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.apache.spark.sql.types.{ArrayType, FloatType, LongType, StringType}
import org.scalatest.funspec.AnyFunSpec

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, StandardCopyOption}
import java.util.concurrent.atomic.AtomicInteger
import scala.jdk.CollectionConverters._

class EmbedJobSpec extends AnyFunSpec {
  import EmbedJobSpec._

  private def spark = LocalSpark.session
  private def output(): Path = Folders.create("embed").resolve("out")

  private def run(options: EmbedOptions, progress: JobProgress = JobProgress.NONE): JobReport =
    new EmbedJob(spark, options, progress).run()

  private def embed(input: InputOptions, way: LongDocuments = LongDocuments.TRUNCATE): Map[String, Vector] = {
    val out = output()
    run(options(input, out, longDocuments = way))
    read(spark, out)
  }

  private def failure(options: => EmbedOptions): String = {
    val message = intercept[InvalidInputException](run(options)).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  private def pack(input: Path, seqLen: Int, policy: SpecialTokensPolicy, tokenizer: TokenizerSource = minilm): Path = {
    val out = Folders.create("packed").resolve("out")
    new PackJob(
      spark,
      new PackOptions(
        jsonl(input),
        tokenizer,
        PackingRules.ofLength(seqLen),
        out.toString,
        policy,
        null,
        0,
        0,
        java.util.Set.of(),
        BadRecordPolicy.FAIL,
        false,
        false
      ),
      JobProgress.NONE
    ).run()
    out
  }

  private def minilm = Engine.get.model(builtin).tokenizer

  private def assertGolden(vectors: Map[String, Vector], golden: Map[String, Array[Float]]): Unit = {
    assert(vectors.keySet == golden.keySet)
    for ((id, expected) <- golden) {
      val cosine = Golden.cosine(vectors(id).floats, expected)
      assert(cosine >= 0.99999, s"document $id")
      assert(math.abs(vectors(id).floats.map(x => x.toDouble * x).sum - 1) < 1e-5)
    }
  }

  private lazy val goldenTexts = embed(jsonl(Golden.texts))
  private lazy val goldenTruncated = embed(jsonl(Golden.long))
  private lazy val goldenChunks = embed(jsonl(Golden.long), LongDocuments.CHUNKS)

  describe("embeddings of text") {
    it("are those of the reference implementation") {
      assertGolden(goldenTexts, Golden.textEmbeddings)
      for (text <- Golden.lines(Golden.texts)) {
        val vector = goldenTexts(text.get("id").textValue)
        assert(vector.nTokens == text.get("input_ids").size && vector.truncatedTokens == 0)
      }
    }

    it("are those of the first tokens of long documents, or of all their chunks") {
      assertGolden(goldenTruncated, Golden.longTruncate)
      assertGolden(goldenChunks, Golden.longChunks)
      for (text <- Golden.lines(Golden.long)) {
        val nTokens = text.get("n_tokens").longValue
        val id = text.get("id").textValue
        assert(goldenTruncated(id).nTokens == nTokens && goldenTruncated(id).truncatedTokens == nTokens - 512)
        assert(goldenChunks(id).nTokens == nTokens && goldenChunks(id).truncatedTokens == 0)
      }
    }

    it("are near those of fp32 where products are in bf16, and those of fp32 where the processor has none") {
      val auto = Engine.get.backend(new Compute(null, Dtype.AUTO)).dtype
      val out = output()
      val chosen = options(jsonl(Golden.texts), out, compute = new Compute(null, Dtype.AUTO))
      assert(run(chosen).figures.get("dtype") == "auto")
      val vectors = read(spark, out)
      assert(vectors.keySet == goldenTexts.keySet)
      for ((id, vector) <- vectors) {
        val cosine = Golden.cosine(vector.floats, goldenTexts(id).floats)
        if (auto == Dtype.BF16) assert(cosine >= 0.999 && vector.bits != goldenTexts(id).bits, id)
        else assert(vector.bits == goldenTexts(id).bits, id)
      }
      assert(failure(options(jsonl(Golden.texts), out)).contains("--overwrite"))
    }

    it("have the columns and figures that were promised") {
      val out = output()
      val report = run(options(jsonl(Golden.long), out))
      val columns = spark.read.parquet(out.toString).schema.fields.map(field => field.name -> field.dataType)
      assert(columns.map(_._1).toSeq == Seq("doc_id", "n_tokens", "truncated_tokens", "embedding"))
      assert(columns.map(_._2).take(3).toSeq == Seq(StringType, LongType, LongType))
      assert(columns(3)._2.asInstanceOf[ArrayType].elementType == FloatType)
      val figures = report.figures.asScala
      assert(figures("documents") == 4 && figures("truncated_documents") == 4 && figures("dimension") == 384)
      assert(figures("tokens") == 1683 + 801 + 537 + 6559 && figures("encoded_tokens") == 4 * 512)
      assert(figures("truncated_tokens") == 1683 + 801 + 537 + 6559 - 4 * 512)
      assert(figures("model") == "builtin:all-minilm-l6-v2" && figures("backend") == "cpu")
      assert(figures("model_sha256").toString.matches("[0-9a-f]{64}"))
      assert(figures("tokens_per_second").asInstanceOf[Double] > 0)
      assert(!report.unchanged && Files.exists(out.resolve("_varlen/manifest.json")))
    }

    it("have one row for every document, also where there is nothing to read") {
      val input = write("documents.jsonl", Seq("" -> "empty", " \t\n " -> "white", "word" -> "word"))
      for (way <- LongDocuments.values()) {
        val vectors = embed(jsonl(input), way)
        assert(vectors.keySet == Set("empty", "white", "word"))
        assert(vectors("empty").nTokens == 2 && vectors("word").nTokens == 3)
        assert(vectors("white").bits == vectors("empty").bits && vectors("white").bits != vectors("word").bits)
      }
    }

    it("take every --max-length that the model has positions for") {
      val input = write("documents.jsonl", Seq("one two three four five" -> "d"))
      val three = write("three.jsonl", Seq("one two three" -> "d"))
      def vector(input: Path, maxLength: Int) = {
        val out = output()
        run(options(jsonl(input), out, maxLength = maxLength))
        read(spark, out)("d")
      }
      assert(vector(input, 5).bits == vector(three, 512).bits)
      assert(vector(input, 5).truncatedTokens == 2 && vector(input, 7).truncatedTokens == 0)
      assert(failure(options(jsonl(input), output(), maxLength = 513)).contains("positions for 512 tokens"))
      assert(failure(options(jsonl(input), output(), maxLength = 2)).contains("it is at least 3"))
      assert(failure(options(jsonl(input), output(), maxLength = 0)).contains("it must be at least 1"))
      assert(failure(options(jsonl(input), output(), trace = -1)).contains("--trace is -1; it must be at least 0"))
    }

    it("do not depend on the number of partitions or on the token budget") {
      for (budget <- Seq("1", "300"))
        LocalSpark.withConf("spark.varlen.embed.tokenBudget", budget)(assert(embed(jsonl(Golden.texts)) == goldenTexts))
      LocalSpark.withConf("spark.varlen.input.partitions", "7")(assert(embed(jsonl(Golden.texts)) == goldenTexts))
    }

    it("are the same rows in the same files on one core and on four") {
      val outcome = ForkedJvm.run(classOf[EmbedApp], "local[1]", Golden.texts.toString, output().toString)
      assert(outcome.status == 0, outcome.output)
      val here = output()
      run(manyOptions(Golden.texts, here.toString))
      assert(outcome.value("files") == printed(digests(spark, here)) && digests(spark, here).nonEmpty)
    }
  }

  describe("embeddings of a packed dataset") {
    import SpecialTokensPolicy.{CHUNK, DOCUMENT, NONE}

    for ((seqLen, policy) <- Seq(128 -> DOCUMENT, 512 -> CHUNK, 777 -> NONE))
      it(s"have the bits of those of its text, packed at $seqLen, special tokens: ${policy.optionName}") {
        val texts = pack(Golden.texts, seqLen, policy)
        assert(embed(packed(texts)) == goldenTexts)
        val long = pack(Golden.long, seqLen, policy)
        assert(embed(packed(long)) == goldenTruncated)
        assert(embed(packed(long), LongDocuments.CHUNKS) == goldenChunks)
      }

    for ((seqLen, policy) <- Seq(128 -> CHUNK, 128 -> NONE, 512 -> DOCUMENT, 777 -> CHUNK, 3 -> CHUNK))
      it(s"have them for documents over many rows, packed at $seqLen, special tokens: ${policy.optionName}") {
        assert(embed(packed(pack(Golden.long, seqLen, policy))) == goldenTruncated)
      }

    it("are there for documents without a token, as for their text") {
      val input = write("documents.jsonl", Seq("" -> "empty", "" -> "e\\u2028\\n\\\"2", "word" -> "word"))
      val fromText = embed(jsonl(input))
      for (policy <- SpecialTokensPolicy.values())
        assert(embed(packed(pack(input, 16, policy))) == fromText, policy)
      assert(fromText.size == 3)
    }

    it("are refused where they could not be those of the text") {
      val tiktoken = new TokenizerSource("tiktoken:cl100k_base", null, null, "b" * 64)
      val input = write("documents.jsonl", Seq("some words" -> "a"))
      val other = pack(input, 16, SpecialTokensPolicy.NONE, io.varlen.tokenizer.TokenizerSources.resolve(tiktoken.name))
      val refusal = failure(options(packed(other), output()))
      assert(refusal.contains("tiktoken:cl100k_base") && refusal.contains("--tokenizer builtin:all-minilm-l6-v2"))

      val good = pack(input, 16, SpecialTokensPolicy.DOCUMENT)
      val two = new InputOptions(java.util.List.of(input.toString, good.toString), InputFormat.JSONL)
      assert(failure(options(two, output())).contains("must be the only --input"))

      val embeddings = output()
      run(options(jsonl(input), embeddings))
      assert(failure(options(packed(embeddings), output())).contains("it is the output of embed"))

      Files.delete(good.resolve("_varlen/manifest.json"))
      assert(failure(options(packed(good), output())).contains("is not a packed dataset"))
    }

    it("are refused where packing dropped or truncated something") {
      val good = pack(write("documents.jsonl", Seq("some words" -> "a")), 16, SpecialTokensPolicy.DOCUMENT)
      val manifest = good.resolve("_varlen/manifest.json")
      for (column <- Seq("dropped_tokens", "truncated_tokens", "dropped_documents")) {
        val text = Files.readString(manifest)
        Files.writeString(manifest, text.replace(s""""$column" : 0""", s""""$column" : 3"""))
        assert(Files.readString(manifest) != text)
        assert(failure(options(packed(good), output())).contains("--overflow split"), column)
        Files.writeString(manifest, text)
      }
    }

    it("name a damaged row") {
      val input = write("documents.jsonl", (1 to 40).map(i => s"words of document $i" -> s"d$i"))
      val good = pack(input, 16, SpecialTokensPolicy.DOCUMENT)
      rewrite(good) {
        _.selectExpr(
          "row_id",
          "input_ids",
          "if(row_id = 2, n_tokens + 1, n_tokens) n_tokens",
          "cu_seqlens",
          "segments",
          "checksum"
        )
      }
      val message = intercept[RuntimeException](run(options(packed(good), output()))).getMessage
      assert(message.contains("row_id 2") || message.contains("row 2"), message)
    }

    it("are not made of a dataset that lost the end of a document") {
      val good = pack(write("documents.jsonl", Seq("word " * 20 -> "a")), 16, SpecialTokensPolicy.NONE)
      rewrite(good)(_.where("not exists(segments, s -> s.chunk = 1)"))
      val message = intercept[IllegalStateException](run(options(packed(good), output()))).getMessage
      assert(message.contains("manifest counts 20") && message.contains("verify"), message)
    }

    it("are those of the documents that are left, where documents were removed") {
      val texts = Seq("cats sleep" -> "a", "" -> "b", "dogs bark at night " * 20 -> "c", "" -> "d", "ships" -> "e")
      val input = write("documents.jsonl", texts)
      val list = Files.writeString(Folders.create("ids").resolve("ids"), "c\nd\n")
      for (policy <- SpecialTokensPolicy.values()) {
        val dataset = pack(input, 16, policy)
        new RemoveJob(spark, new RemoveOptions(dataset.toString, list.toString), JobProgress.NONE).run()
        assert(embed(packed(dataset)) == embed(jsonl(input)) - "c" - "d", policy)
      }
    }

    it("are traced for as many batches as asked, without any effect on the vectors") {
      val out = output()
      val notes = new Notes
      val many = EmbedJobSpec.manyDocuments()
      run(options(jsonl(many), out, maxLength = 24, trace = 3), notes)
      val traced = notes.lines.filter(_.startsWith("trace: "))
      assert(traced.size == 3 * (2 + 6))
      for (batch <- 0 until 3; lines = traced.slice(batch * 8, batch * 8 + 8)) {
        assert(lines.forall(_.startsWith(s"trace: batch $batch, ")))
        assert(lines(0).contains("cu_seqlens [0, 24, ") && lines(1).contains("tokens [0, 22)"))
        for (layer <- 0 until 6)
          assert(lines(2 + layer).contains(s", layer $layer: q [") && lines(2 + layer).contains("mask global = full ("))
      }
      assert(read(spark, out) == {
        val plain = output(); run(options(jsonl(many), plain, maxLength = 24)); read(spark, plain)
      })
      val unchanged = new Notes
      run(options(jsonl(many), out, maxLength = 24, trace = 3), unchanged)
      assert(unchanged.lines.isEmpty)
    }

    it("come without a note of what else is in the dataset's folder") {
      val notes = new Notes
      val good = pack(write("documents.jsonl", Seq("some words" -> "a")), 16, SpecialTokensPolicy.DOCUMENT)
      run(options(packed(good), output()), notes)
      assert(notes.lines.isEmpty)
    }

    /** Puts other rows into the one part of a packed dataset. */
    def rewrite(dataset: Path)(change: DataFrame => DataFrame): Unit = {
      def part(folder: Path) = Files.list(folder).iterator.asScala.find(_.toString.endsWith(".parquet")).get
      val edited = Folders.create("edited").resolve("out")
      change(spark.read.parquet(part(dataset).toString)).coalesce(1).write.parquet(edited.toString)
      Files.copy(part(edited), part(dataset), StandardCopyOption.REPLACE_EXISTING)
      Files.deleteIfExists(part(dataset).resolveSibling(s".${part(dataset).getFileName}.crc"))
    }
  }

  describe("the output") {
    FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())

    it("is left alone when it is complete, and figures are given again") {
      val out = output()
      val first = run(options(jsonl(Golden.texts), out))
      val before = listing(out)
      val again = run(options(jsonl(Golden.texts), out))
      assert(again.unchanged && again.toJson.contains("\"unchanged\":true"))
      assert(again.figures.get("documents") == first.figures.get("documents"))
      assert(again.figures.get("model_sha256") == first.figures.get("model_sha256"))
      assert(listing(out) == before)
    }

    it("is refused to another job, and replaced only when told") {
      val out = output()
      val input = write("documents.jsonl", Seq("some words" -> "a"))
      run(options(jsonl(Golden.texts), out))
      val before = read(spark, out)
      val chunks = options(jsonl(Golden.texts), out, longDocuments = LongDocuments.CHUNKS)
      assert(failure(chunks).contains("long is truncate there and chunks here"))
      assert(failure(options(jsonl(input), out)).contains("--overwrite"))
      assert(read(spark, out) == before)
      run(options(jsonl(input), out, overwrite = true))
      assert(read(spark, out).keySet == Set("a"))
    }

    lazy val many = manyDocuments()
    lazy val manyEmbedded = {
      val out = output()
      run(manyOptions(many, out.toString))
      out
    }

    it("is continued where a cancelled run left off, to the same files")(LocalSpark.quietly {
      val out = output()
      val cancelled = new AtomicInteger
      intercept[Exception] {
        FaultyFileSystem.changing(ChangesOfThreeUnits, () => cancelAllJobs(cancelled)) {
          run(manyOptions(many, s"faulty://$out"))
        }
      }
      assert(cancelled.get > 0 && finishedUnits(out).nonEmpty && !Files.exists(out.resolve("_varlen/manifest.json")))
      val notes = new Notes
      val report = run(manyOptions(many, s"faulty://$out"), notes)
      assert(notes.lines.contains("continuing an unfinished run"))
      assert(!report.unchanged && report.figures.get("documents") == Files.readAllLines(many).size)
      assert(digests(spark, out) == digests(spark, manyEmbedded))
    })

    it("is continued after the JVM was killed, on another number of cores") {
      KilledEmbed.assertContinued(many, manyEmbedded, ChangesOfThreeUnits)
    }
  }

  describe("a prompt") {
    val texts = Seq("a small cat" -> "cat", "" -> "empty", "the weather of tomorrow" -> "weather")
    def prompted(prompt: String, way: LongDocuments = LongDocuments.TRUNCATE, maxLength: Integer = null) = {
      val out = output()
      val report = run(options(jsonl(write("texts.jsonl", texts)), out, maxLength, way, prompt = prompt))
      (report, read(spark, out))
    }

    it("stands before each text when that is tokenized") {
      val (report, vectors) = prompted("query: ")
      val joined = embed(jsonl(write("joined.jsonl", texts.map { case (text, id) => s"query: $text" -> id })))
      assert(vectors == joined)
      assert(report.figures.get("prompt") == "query: ")
      assert(prompted("")._2 == embed(jsonl(write("texts.jsonl", texts))))
    }

    it("stands before each chunk of a long text") {
      val words = (1 to 40).map(i => s"word$i")
      val input = write("long.jsonl", Seq(words.mkString(" ") -> "long"))
      val out = output()
      run(options(jsonl(input), out, maxLength = 16, longDocuments = LongDocuments.CHUNKS, prompt = "query: "))
      val vector = read(spark, out)("long")
      assert(vector.nTokens > 40 && vector.truncatedTokens == 0)
      val without = output()
      run(options(jsonl(input), without, maxLength = 16, longDocuments = LongDocuments.CHUNKS))
      val cosine = Golden.cosine(vector.floats, read(spark, without)("long").floats)
      assert(cosine > 0.5 && cosine < 0.9999)
    }

    it("is another job") {
      val input = jsonl(write("texts.jsonl", texts))
      val out = output()
      run(options(input, out, prompt = "query: "))
      assert(run(options(input, out, prompt = "query: ")).unchanged)
      assert(failure(options(input, out, prompt = "passage: ")).contains("--overwrite"))
      assert(failure(options(input, out, dimensions = 8, prompt = "query: ")).contains("--overwrite"))
    }

    it("is refused where it cannot be honoured") {
      val input = jsonl(Golden.long)
      assert(
        failure(options(input, output(), promptName = "q")) == "the model has no prompt 'q'; it has document, query"
      )
      val both = failure(options(input, output(), prompt = "a", promptName = "query"))
      assert(both == "--prompt and --prompt-name exclude each other")
      val long = failure(options(input, output(), maxLength = 4, prompt = "query: "))
      assert(long.contains("beside 2 special tokens and a prompt of 2; it is at least 5"))
      val dataset = pack(write("texts.jsonl", texts), 32, SpecialTokensPolicy.DOCUMENT)
      val ids = failure(options(packed(dataset), output(), prompt = "query: "))
      assert(ids.contains("holds token ids") && ids.contains("--prompt ''"), ids)
      run(options(packed(dataset), output(), prompt = ""))
    }
  }

  describe("--dimensions") {
    it("keeps the first elements and normalises them") {
      val input = jsonl(write("texts.jsonl", Seq("a small cat" -> "cat", "weather" -> "weather")))
      val out = output()
      val report = run(options(input, out, dimensions = 64))
      assert(report.figures.get("dimension") == 64)
      val whole = embed(input)
      for ((id, vector) <- read(spark, out)) {
        val first = whole(id).floats.take(64)
        val length = math.sqrt(first.map(x => x.toDouble * x).sum)
        assert(vector.floats.length == 64)
        vector.floats.zip(first).foreach { case (x, y) => assert(math.abs(x - y / length) < 1e-6) }
      }
      val all = output()
      run(options(input, all, dimensions = 384))
      assert(read(spark, all) == whole)
    }

    it("is no more than there are") {
      val input = jsonl(Golden.long)
      val tooMany = failure(options(input, output(), dimensions = 385))
      assert(tooMany == "--dimensions is 385; vectors of model builtin:all-minilm-l6-v2 have 384")
      assert(failure(options(input, output(), dimensions = 0)) == "--dimensions is 0; it must be at least 1")
    }
  }

  describe("bad input") {
    it("fails the job with its place, or is listed and left out") {
      val input = Folders.create("bad").resolve("documents.jsonl")
      val lines = Seq("""{"id":"a","text":"fine"}""", """{"id":"b","text":7}""", """{"id":"c","text":"also fine"}""")
      Files.writeString(input, lines.mkString("\n"))
      val message = failure(options(jsonl(input), output()))
      assert(message.contains("documents.jsonl") && message.contains("document b"), message)
      val out = output()
      val report = run(options(jsonl(input), out, badRecords = BadRecordPolicy.QUARANTINE))
      assert(report.figures.get("documents") == 2 && report.figures.get("quarantined_documents") == 1)
      assert(read(spark, out).keySet == Set("a", "c"))
      val listed = Files.list(out.resolve("_varlen/quarantine")).iterator.asScala.toSeq
      assert(listed.map(Files.readString(_)).mkString.contains("\"doc_id\":\"b\""))
    }

    it("is a model folder that is none") {
      val empty = Folders.create("no-model")
      val input = jsonl(Golden.long)
      def with_(model: String, jar: String = null) =
        new EmbedOptions(new DocumentOptions(input, ModelReference.of(model, jar), output().toString))
      assert(failure(with_(empty.toString)).contains(empty.toString))
      assert(failure(with_(s"$empty/nowhere")).startsWith("there is no model folder"))
      assert(failure(with_("builtin:all-minilm-l6-v2", s"$empty/no.jar")).startsWith("there is no model jar"))
      assert(failure(with_("nowhere://host/model")).contains("nowhere"))
      for (none <- Seq("builtin:all-minilm", "", " "))
        assert(
          failure(with_(none)) == s"there is no model '$none'; name a Hugging Face folder, or ${ModelReference.BUILTIN}"
        )
    }

    it("is a backend that is not there") {
      val wanted = options(jsonl(Golden.long), output(), compute = Compute.on("cuda"))
      assert(failure(wanted).contains("backend cuda is not available"))
    }

    it("is a path that is not there") {
      assert(failure(options(jsonl(Path.of("/nowhere/at/all.jsonl")), output())).contains("/nowhere/at/all.jsonl"))
    }
  }

  private class Notes extends JobProgress {
    var lines: Seq[String] = Seq.empty
    override def stage(name: String, total: Long, unit: String): Unit = ()
    override def advance(done: Long): Unit = ()
    override def note(line: String): Unit = lines :+= line
  }

  /** Of the task that calls it and the others; comes back when the task knows. */
  private def cancelAllJobs(calls: AtomicInteger): Unit = Option(TaskContext.get()).foreach { task =>
    if (calls.getAndIncrement() == 0) spark.sparkContext.cancelAllJobs()
    while (!task.isInterrupted()) Thread.sleep(1)
  }
}

object EmbedJobSpec {
  private val builtin = ModelReference.of(ModelReference.BUILTIN, null)

  final case class Vector(nTokens: Long, truncatedTokens: Long, bits: Seq[Int]) {
    def floats: Array[Float] = bits.map(x => java.lang.Float.intBitsToFloat(x)).toArray
  }

  def jsonl(input: Path): InputOptions = new InputOptions(Seq(input.toString).asJava, InputFormat.JSONL)

  def packed(folder: Path): InputOptions = jsonl(folder)

  def options(
      input: InputOptions,
      output: Path,
      maxLength: Integer = null,
      longDocuments: LongDocuments = LongDocuments.TRUNCATE,
      prompt: String = null,
      promptName: String = null,
      dimensions: Integer = null,
      compute: Compute = Compute.DEFAULT,
      badRecords: BadRecordPolicy = BadRecordPolicy.FAIL,
      overwrite: Boolean = false,
      model: ModelReference = builtin,
      trace: Int = 0
  ) = new EmbedOptions(
    new DocumentOptions(input, model, output.toString, maxLength, compute, badRecords, overwrite, trace),
    longDocuments,
    prompt,
    promptName,
    dimensions
  )

  /** What Spark reads, by document; fails if a document has two rows. */
  def read(spark: SparkSession, output: Path): Map[String, Vector] = {
    val rows = spark.read.parquet(output.toString).collect().toSeq.map { row =>
      val bits = row.getSeq[Float](3).map(x => java.lang.Float.floatToRawIntBits(x))
      row.getString(0) -> Vector(row.getLong(1), row.getLong(2), bits)
    }
    assert(rows.map(_._1).distinct.size == rows.size)
    rows.toMap
  }

  /** JSON lines of (text, id), both as they stand between quotes. */
  def write(name: String, documents: Seq[(String, String)]): Path = {
    val lines = documents.map { case (text, id) =>
      val escaped = text.replace("\t", "\\t").replace("\n", "\\n")
      s"""{"id":"$id","text":"$escaped"}"""
    }
    Files.write(Folders.create("input").resolve(name), lines.mkString("", "\n", "\n").getBytes(UTF_8))
  }

  /** A little of each document is embedded. */
  def manyOptions(input: Path, output: String): EmbedOptions =
    new EmbedOptions(
      new DocumentOptions(jsonl(input), builtin, output, 24, Compute.DEFAULT, BadRecordPolicy.FAIL, false, 0)
    )

  /** Some units of a dozen are complete after so many changes of the output: a task makes four to six, and they run
    * side by side.
    */
  val ChangesOfThreeUnits = 30

  /** Enough text for a dozen units. */
  def manyDocuments(): Path = {
    val text = Golden.lines(Golden.long).map(_.get("text").textValue).mkString(" ")
    val sentences = text.replaceAll("[^A-Za-z ]", " ").grouped(900).toSeq
    write("many.jsonl", (0 until 800).map(i => sentences(i % sentences.size) -> f"d$i%04d"))
  }

  def listing(folder: Path): Map[String, Long] = Files
    .walk(folder)
    .iterator
    .asScala
    .filter(Files.isRegularFile(_))
    .map(file => folder.relativize(file).toString -> Files.getLastModifiedTime(file).toMillis)
    .toMap

  /** Names of the units that are complete in an output's staging folder, where tasks may still be at work. */
  def finishedUnits(output: Path): Set[String] = {
    def names(folder: Path) =
      if (Files.isDirectory(folder)) Files.list(folder).iterator.asScala.map(_.getFileName.toString).toSeq
      else Seq.empty
    val staging = output.resolve("_varlen/staging")
    names(staging).flatMap(of => names(staging.resolve(of).resolve("units"))).filter(_.startsWith("unit-")).toSet
  }

  /** A digest of the rows of each data file, in their order. Footers list encodings in an order that JVMs differ in. */
  def digests(spark: SparkSession, output: Path): Map[String, String] = Files
    .list(output)
    .iterator
    .asScala
    .filter(_.toString.endsWith(".parquet"))
    .map { file =>
      val rows = spark.read.parquet(file.toString).coalesce(1).collect().map(_.mkString("|")).mkString("\n")
      val digest = java.security.MessageDigest.getInstance("SHA-256").digest(rows.getBytes(UTF_8))
      file.getFileName.toString -> digest.map("%02x".format(_)).mkString
    }
    .toMap

  def session(master: String): SparkSession =
    SparkSession.builder().master(master).config("spark.ui.enabled", "false").getOrCreate()

  def printed(digests: Map[String, String]): String = digests.toSeq.sorted.mkString(" ")
}

/** Embeds a file with a master of its own; prints the digests of what it wrote. */
object EmbedApp {
  def main(args: Array[String]): Unit = {
    val Array(master, input, output) = args
    val spark = EmbedJobSpec.session(master)
    new EmbedJob(spark, EmbedJobSpec.manyOptions(Path.of(input), output), JobProgress.NONE).run()
    println("files=" + EmbedJobSpec.printed(EmbedJobSpec.digests(spark, Path.of(output))))
  }
}

class EmbedApp

/** Embeds a file, and is killed while it writes. */
object KilledEmbed extends KilledJob {
  override protected def run(spark: SparkSession, input: Path, output: String): JobReport =
    new EmbedJob(spark, EmbedJobSpec.manyOptions(input, output), JobProgress.NONE).run()
}
