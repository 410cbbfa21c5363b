package io.varlen.spark.sql

import io.varlen.spark.embedding.LongDocuments
import io.varlen.spark.engine.{Compute, ModelReference}
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.spark.job.{DocumentOptions, EmbedJob, EmbedOptions, JobProgress}
import io.varlen.spark.sql.SqlAnswers.{refusal, value}
import io.varlen.spark.{Folders, Golden, LocalSpark}
import org.apache.spark.sql.DataFrame
import org.scalatest.funspec.AnyFunSpec
import scala.util.Try

class EmbedSpec extends AnyFunSpec {
  private val spark = LocalSpark.session
  import spark.implicits._
  private val model = ModelReference.BUILTIN
  private lazy val texts = spark.read.json(Golden.texts.toString, Golden.long.toString).select("id", "text").cache()

  private type Bits = Map[String, Seq[Int]]

  private def bits(rows: DataFrame): Bits = rows
    .collect()
    .map(row =>
      row.getString(0) -> (if (row.isNullAt(1)) null
                           else row.getSeq[Float](1).map(java.lang.Float.floatToRawIntBits).toSeq)
    )
    .toMap

  private def job(maxLength: Integer, way: LongDocuments, prompt: String, dimensions: Integer): Bits = {
    val out = Folders.create("embed").resolve("out").toString
    val in = Folders.create("texts").resolve("in").toString
    texts.write.json(in)
    new EmbedJob(
      spark,
      new EmbedOptions(
        new DocumentOptions(
          new InputOptions(java.util.Collections.singletonList(in), InputFormat.JSONL),
          ModelReference.of(model, null),
          out,
          maxLength,
          Compute.DEFAULT,
          BadRecordPolicy.FAIL,
          false,
          0
        ),
        way,
        prompt,
        null,
        dimensions
      ),
      JobProgress.NONE
    ).run()
    bits(spark.read.parquet(out).select("doc_id", "embedding"))
  }

  private def scalar(options: String): Bits =
    bits(texts.repartition(5).selectExpr("id", s"varlen_embed(text, '$model', '$options')"))

  /** In arrays of about `size` texts. */
  private def arrays(options: String, size: Int): Bits = bits(
    texts
      .selectExpr("struct(id, text) t", s"hash(id) % ${math.max(1, texts.count() / size)} bucket")
      .groupBy("bucket")
      .agg(org.apache.spark.sql.functions.expr("collect_list(t)").as("t"))
      .selectExpr(s"inline(arrays_zip(t.id, varlen_embed(t.text, '$model', '$options')))")
  )

  describe("varlen_embed") {
    it("gives the bits of the embed job, of one text as of arrays of any size") {
      for (
        (options, expected) <- Seq(
          "" -> job(null, LongDocuments.TRUNCATE, null, null),
          """max_length=20,long=chunks,prompt="query, ""really"": ",dimensions=100""" ->
            job(20, LongDocuments.CHUNKS, "query, \"really\": ", 100)
        )
      ) {
        assert(expected.size == texts.count())
        assert(scalar(options) == expected)
        for (size <- Seq(1, 7, 1000)) assert(arrays(options, size) == expected)
      }
    }

    it("takes nulls, the empty text and binary; leaves the length where it is not to be normalised") {
      assert(value(s"select varlen_embed(cast(null as string), '$model')") == null)
      assert(value(s"select varlen_embed(cast(null as array<string>), '$model')") == null)
      assert(value(s"select varlen_embed(array(), '$model')") == Seq())
      val sizes = "v -> if(v is null, null, size(v))" // size(null) is another thing outside ANSI mode
      assert(value(s"select transform(varlen_embed(array(null, '', 'a'), '$model'), $sizes)") == Seq(null, 384, 384))
      assert(value(s"select varlen_embed(cast('a' as binary), '$model') = varlen_embed('a', '$model')") == true)
      assert(
        value(s"select varlen_embed(array('a', 'b')[1], '$model') = varlen_embed(array('a', 'b'), '$model')[1]") == true
      )
      def length(options: String) =
        value(s"select aggregate(varlen_embed('a cat', '$model', '$options'), 0D, (s, x) -> s + x * x)")
          .asInstanceOf[Double]
      assert(math.abs(length("normalize=true") - 1) < 1e-5 && math.abs(length("normalize=false") - 1) > 0.1)
    }

    it("finds what is meant, as a search in SQL") {
      val corpus =
        Seq("Cats purr when they are content.", "Taxes are due in April.", "The moon orbits the earth.").toDF("text")
      corpus.createOrReplaceTempView("corpus")
      val found = spark.sql(
        s"""SELECT text FROM corpus
           |ORDER BY varlen_cosine_similarity(varlen_embed(text, '$model'), varlen_embed('kittens', '$model')) DESC LIMIT 1""".stripMargin
      )
      assert(found.head().getString(0).startsWith("Cats"))
    }

    it("refuses what it cannot use, before any task runs") {
      def wrong(options: String) =
        intercept[Exception](spark.sql(s"select varlen_embed(text, '$model', '$options') from corpus2")).getMessage
      Seq("a").toDF("text").createOrReplaceTempView("corpus2")
      for (
        (options, problem) <- Seq(
          "max_lenght=3" -> "there is no option max_lenght; did you mean max_length?",
          "max_length=3,max-length=4" -> "max_length is given twice",
          "max_length" -> "'max_length' is no name=value",
          "max_length=many" -> "max_length=many is no whole number",
          "max_length=0" -> "varlen_embed: max_length is 0; it must be at least 1",
          "max_length=513" -> "varlen_embed: max_length is 513; model builtin:all-minilm-l6-v2 has positions for 512 tokens",
          "max_length=2" -> "leaves no room for text",
          "dimensions=385" -> "dimensions is 385; vectors of model builtin:all-minilm-l6-v2 have 384",
          "dtype=fp8" -> "varlen_embed: there is no dtype 'fp8'; it is one of auto, fp32, bf16, fp16",
          "long=cut" -> "it is truncate or chunks",
          "normalize=yes" -> "normalize=yes; it is true or false",
          "prompt=a,prompt_name=query" -> "prompt and prompt_name exclude each other",
          "prompt_name=ask" -> "the model has no prompt 'ask'",
          "backend=abacus" -> "abacus",
          "prompt=\"a" -> "quote does not end",
          "prompt=\"a\"b" -> "behind a quoted value",
          "long=chunks," -> "nothing follows the last comma"
        )
      ) assert(wrong(options).contains(problem), wrong(options))
      assert(refusal("select varlen_embed('a', 'builtin:none')").contains("there is no model 'builtin:none'"))
      assert(refusal("select varlen_embed('a', '/no/such/model')").contains("/no/such/model"))
      assert(refusal("select varlen_embed('a', text) from corpus2").contains("model must be a constant string"))
      assert(refusal(s"select varlen_embed(5, '$model', 'x') from corpus2").contains("no name=value"))
      assert(
        refusal(s"select varlen_embed(cast(x'61ff' as string), '$model') from corpus2").contains(
          "invalid UTF-8 at byte 1"
        )
      )
      assert(
        refusal(s"select varlen_embed(array('a', cast(x'ff' as string)), '$model')").contains("invalid UTF-8 at byte 0")
      )
    }

    it("refuses to give a GPU one text at a time in tasks, unless it must") {
      def inTask(backend: String, allowed: Boolean) =
        LocalSpark.quietly(Try(spark.sparkContext.parallelize(Seq(1)).foreach(_ => RowByRow.require(backend, allowed))))
      assert(inTask("cpu", allowed = false).isSuccess && inTask("cuda", allowed = true).isSuccess)
      val refused = inTask("cuda", allowed = false).failed.get.getMessage
      assert(
        refused.contains("varlen_embed(collect_list(text), …)") && refused.contains("spark.varlen.sql.rowwise=allow")
      )
      RowByRow.require("cuda", false)
      LocalSpark.withConf("spark.varlen.sql.rowwise", "never") {
        val message = refusal(s"select varlen_embed('a', '$model')")
        assert(message.contains("spark.varlen.sql.rowwise=never") && message.contains("refuse or allow"), message)
      }
    }
  }
}
