package io.varlen.spark.sql

import io.varlen.packing.{PackingRules, SpecialTokensPolicy}
import io.varlen.spark.dataset.DerivedColumn
import io.varlen.spark.engine.{Engine, ModelReference}
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.spark.job.{JobProgress, PackJob, PackOptions}
import io.varlen.spark.sql.SqlAnswers.value
import io.varlen.spark.{Folders, Golden, LocalSpark}
import org.apache.spark.sql.functions.{call_function, col, expr, lit}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** Wherever a query may have an expression, with whatever settings. */
class FunctionsInQueriesSpec extends AnyFunSpec {
  private val spark = LocalSpark.session
  import spark.implicits._
  private val model = ModelReference.BUILTIN

  private val literals = Map(
    "text" -> "'Two cats.'",
    "texts" -> "array('Two cats.', null, 'A dog.')",
    "ids" -> "array(101, 2048, 8870, 1012, 102)",
    "lengths" -> "array(2, 1)",
    "cu" -> "array(0, 2, 3)",
    "slots" -> "5",
    "a" -> "array(1F, 2F, 3F)",
    "b" -> "array(3D, 2D, 1D)"
  )
  private val calls = Seq(
    s"varlen_tokenize(@text, '$model')",
    s"varlen_token_count(@text, '$model', 'none')",
    s"varlen_detokenize(@ids, '$model', true)",
    "varlen_cu_seqlens(@lengths)",
    "varlen_position_ids(@cu, @slots)",
    "varlen_segment_ids(@cu, @slots)",
    "varlen_unpack(@ids, @cu)",
    "varlen_cosine_similarity(@a, @b)",
    s"varlen_embed(@text, '$model')",
    s"varlen_embed(@texts, '$model', 'dimensions=8')",
    "varlen_attention(@a, @a, @a, @cu, 1, 1, 'causal')"
  )

  private def withLiterals(call: String) =
    literals.toSeq.sortBy(-_._1.length).foldLeft(call) { case (c, (name, sql)) => c.replace(s"@$name", sql) }

  private lazy val table = {
    val folder = Folders.create("rows").resolve("table").toString
    spark
      .range(0, 40, 1, 4)
      .selectExpr("id" +: literals.toSeq.map { case (name, sql) => s"if(id % 10 = 9, null, $sql) as $name" }: _*)
      .write
      .parquet(folder)
    spark.read.parquet(folder).createOrReplaceTempView("t")
    folder
  }

  describe("every function") {
    it("gives the same of columns and literals, with and without code generation, in ANSI mode and not") {
      table
      val expected = calls.map(call => value(s"select ${withLiterals(call)}"))
      assert(!expected.contains(null))
      for (
        ansi <- Seq("true", "false");
        (key, setting) <- Seq(
          "spark.sql.codegen.wholeStage" -> "true",
          "spark.sql.codegen.wholeStage" -> "false",
          "spark.sql.codegen.factoryMode" -> "NO_CODEGEN"
        )
      ) LocalSpark.withConf("spark.sql.ansi.enabled", ansi)(LocalSpark.withConf(key, setting) {
        assert(calls.map(call => value(s"select ${withLiterals(call)}")) == expected)
        for ((call, one) <- calls.zip(expected)) {
          val rows = spark.sql(s"select id, ${call.replace("@", "")} from t").collect()
          assert(rows.length == 40)
          for (row <- rows)
            assert(row.get(1) == (if (row.getLong(0) % 10 == 9) null else one), s"$call ansi $ansi $key $setting")
        }
      })
    }

    it(
      "is found by expr, call_function and selectExpr, in views, WHERE, ORDER BY, GROUP BY and HAVING, and under generators"
    ) {
      table
      val t = spark.table("t")
      assert(t.select(expr("varlen_cu_seqlens(lengths)")).head().getSeq[Int](0) == Seq(0, 2, 3))
      assert(t.select(call_function("varlen_position_ids", col("cu"), lit(4))).head().getSeq[Int](0) == Seq(0, 1, 0, 0))
      assert(t.selectExpr("varlen_segment_ids(cu, slots) s").where("s[4] = -1").count() == 36)
      spark.sql(s"create or replace temporary view counted as select id, varlen_token_count(text, '$model') n from t")
      assert(value("select sum(n) from counted") == 36 * 5)
      assert(value(s"select count(*) from t where varlen_token_count(text, '$model') = 5") == 36)
      assert(value("select count(*) from (select explode(varlen_unpack(ids, cu)) from t)") == 72)
      assert(
        value("select count(*) from t lateral view outer posexplode(varlen_cu_seqlens(lengths)) as p, e") == 36 * 3 + 4
      )
      val byCosine = spark.sql(
        """select x from values (array(1F, 0F)), (array(0F, 0F)), (array(1F, 1F)), (array(-1F, 0F)) v(x)
          |order by varlen_cosine_similarity(x, array(1F, 0F)) desc""".stripMargin
      )
      assert(byCosine.collect().map(_.getSeq[Float](0).head.toInt).toSeq == Seq(1, 1, -1, 0))
      assert(
        value(
          s"select count(*) from (select varlen_token_count(text, '$model') n, count(*) from t group by 1 having max(varlen_token_count(text, '$model')) > 1)"
        ) == 1
      )
      assert(
        value(
          "select count(*) from t x join t y on varlen_cu_seqlens(x.lengths) = varlen_cu_seqlens(y.lengths)"
        ) == 36 * 36
      )
    }

    it("takes strings of any collation") {
      assume(!spark.version.startsWith("3."), "collations are new in Spark 4")
      assert(value(s"select varlen_token_count('Two cats.' collate UTF8_LCASE, '$model')") == 5)
      assert(
        value(s"select varlen_tokenize(t, '$model' collate UNICODE) from (select 'Two cats.' collate UNICODE_CI t)") ==
          value(s"select varlen_tokenize('Two cats.', '$model')")
      )
      assert(value(s"select size(varlen_embed(array('a' collate UTF8_LCASE), '$model')[0])") == 384)
    }

    it("is computed once where a table is cached, and the plan with it is found again") {
      table
      for (call <- calls.map(_.replace("@", ""))) {
        val query = s"select $call as value from t where id < 3"
        val frame = spark.sql(query)
        frame.cache()
        try {
          val again = spark.sql(query)
          assert(again.queryExecution.withCachedData.toString.contains("InMemoryRelation"), call)
          assert(again.collect().toSeq == frame.collect().toSeq)
        } finally frame.unpersist()
      }
      spark.sql(s"cache table cached as select id, varlen_tokenize(text, '$model') ids from t")
      assert(value("select sum(size(ids)) from cached where ids is not null") == 36 * 5)
      spark.sql("uncache table cached")
    }
  }

  describe("a packed dataset in SQL") {
    lazy val packed = {
      val out = Folders.create("packed").resolve("out").toString
      new PackJob(
        spark,
        new PackOptions(
          new InputOptions(java.util.List.of(Golden.texts.toString, Golden.long.toString), InputFormat.JSONL),
          Engine.get.tokenizerSource(model),
          PackingRules.ofLength(300),
          out,
          SpecialTokensPolicy.DOCUMENT,
          null,
          0,
          0,
          java.util.Set.of(DerivedColumn.POSITION_IDS, DerivedColumn.SEGMENT_IDS),
          BadRecordPolicy.FAIL,
          false,
          false
        ),
        JobProgress.NONE
      ).run()
      s"parquet.`$out`"
    }

    it("has the derived columns that pack writes, and boundaries that follow from them") {
      val rows = spark.sql(s"select * from $packed")
      assert(rows.count() > 5)
      for (
        same <- Seq(
          "varlen_position_ids(cu_seqlens, size(input_ids)) = position_ids",
          "varlen_segment_ids(cu_seqlens, size(input_ids)) = segment_ids",
          "varlen_cu_seqlens(segment_ids, 'segment_ids') = cu_seqlens",
          "varlen_cu_seqlens(slice(position_ids, 1, n_tokens), 'position_ids') = cu_seqlens",
          "varlen_cu_seqlens(transform(segments, s -> s.token_count)) = cu_seqlens"
        )
      ) assert(rows.where(s"not $same").count() == 0, same)
    }

    it("gives its documents back, piece by piece, with what they are") {
      val pieces = spark.sql(s"select inline(varlen_unpack(input_ids, cu_seqlens, segments)) from $packed")
      assert(pieces.columns.toSeq == Seq("doc_id", "source", "chunk", "token_start", "input_ids"))
      val documents = pieces
        .collect()
        .groupBy(_.getString(0))
        .map { case (id, rows) => id -> rows.sortBy(_.getInt(2)).flatMap(_.getSeq[Int](4)).toSeq }
      val texts = spark.read.json(Golden.texts.toString, Golden.long.toString)
      val expected = texts.selectExpr("id", s"varlen_tokenize(text, '$model')").as[(String, Seq[Int])].collect().toMap
      assert(documents == expected)
      val plain = spark.sql(s"select explode(varlen_unpack(input_ids, cu_seqlens)) from $packed").count()
      assert(plain == pieces.count())
    }
  }
}
