package io.varlen.spark.frame

import io.varlen.spark.engine.{Engine, ModelReference}
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.job.{
  DocumentOptions,
  EmbedJob,
  EmbedOptions,
  JobProgress,
  PackJob,
  PackOptions,
  ScoreJob,
  ScoreOptions
}
import io.varlen.spark.{Folders, LocalSpark, TinyLlama, Varlen}
import org.apache.spark.sql.functions._
import org.apache.spark.sql.types._
import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.Path
import scala.jdk.CollectionConverters._
import scala.util.Random

class VarlenSpec extends AnyFunSpec {
  import Documents._

  private val seed = System.nanoTime()
  private val builtin = ModelReference.BUILTIN
  private def spark = LocalSpark.session
  private def jsonlInput(path: Path) =
    new InputOptions(java.util.Collections.singletonList(path.toString), InputFormat.JSONL)

  private def bits(row: Row, name: String): Any = row.getAs[Any](name) match {
    case null                          => null
    case list: scala.collection.Seq[_] =>
      list.map { case f: Float => java.lang.Float.floatToRawIntBits(f); case x => x }.toList
    case d: Double => java.lang.Double.doubleToRawLongBits(d)
    case other     => other
  }

  private def byId(rows: Array[Row], id: String, columns: String*): Map[String, Seq[Any]] = {
    assert(rows.map(_.getAs[String](id)).distinct.length == rows.length)
    rows.map(row => row.getAs[String](id) -> columns.map(bits(row, _))).toMap
  }

  describe(s"rows with results behind them (seed $seed)") {
    val documents = random(60, 40, new Random(seed)) :+ ("long" -> "word " * 900) :+ ("empty" -> "")

    it("have the embeddings of the job, bit for bit, however they are partitioned and batched") {
      val out = Folders.create("embed").resolve("out").toString
      new EmbedJob(
        spark,
        new EmbedOptions(new DocumentOptions(jsonlInput(jsonl(documents)), ModelReference.of(builtin, null), out)),
        JobProgress.NONE
      ).run()
      val columns = Seq("n_tokens", "truncated_tokens", "embedding")
      val expected = byId(spark.read.parquet(out).collect(), "doc_id", columns: _*)
      for ((partitions, budget) <- Seq(1 -> "2048", 5 -> "40", 62 -> "300"))
        LocalSpark.withConf("spark.varlen.embed.tokenBudget", budget) {
          val rows = Varlen.embed(frame(documents, partitions), EmbedSettings.of(builtin)).collect()
          assert(rows.map(_.getString(0)).toSeq == documents.map(_._1))
          assert(byId(rows, "id", columns: _*) == expected)
        }
    }
    it("have the scores of the job, bit for bit") {
      val out = Folders.create("score").resolve("out").toString
      val options = new ScoreOptions(new DocumentOptions(jsonlInput(TinyLlama.texts), TinyLlama.model, out))
      new ScoreJob(spark, options, JobProgress.NONE).run()
      val columns = Seq("n_tokens", "n_scored", "nll", "perplexity")
      val texts = spark.read.json(TinyLlama.texts.toString).repartition(3)
      val rows = Varlen.score(texts, ScoreSettings.of(TinyLlama.folder.toString)).collect()
      assert(byId(rows, "id", columns: _*) == byId(spark.read.parquet(out).collect(), "doc_id", columns: _*))
    }
    it("have the ids that the SQL function gives, and give the same embeddings when they are the input") {
      val tokens = Varlen.tokenize(frame(documents), TokenizeSettings.of(builtin))
      val same = tokens.selectExpr("id", s"input_ids = varlen_tokenize(text, '$builtin')").collect()
      assert(same.map(_.getString(0)).toSeq == documents.map(_._1) && same.forall(_.getBoolean(1)))
      val ofText = Varlen.embed(frame(documents), EmbedSettings.of(builtin).maxLength(32)).collect()
      val settings = EmbedSettings.of(builtin).maxLength(32).idsColumn("input_ids")
      val ofIds = Varlen.embed(tokens, settings).drop("input_ids").collect()
      assert(ofIds.toSeq == ofText.toSeq)
      val bare = Varlen.tokenize(frame(documents), TokenizeSettings.of(builtin).specialTokens("none"))
      val ofBare = Varlen.embed(bare, settings.specialTokens("none")).drop("input_ids").collect()
      assert(ofBare.toSeq == ofText.toSeq)
      assert(refusal(Varlen.embed(bare, settings).collect()).contains("special-tokens=none"))
    }
    it("are null where the document is, and there for 0 rows, 1 row and empty partitions") {
      val mixed = Seq("a" -> "one text", "b" -> null, "c" -> null, "d" -> "another", "e" -> null)
      for (partitions <- Seq(1, 2, 5, 40)) {
        val rows = Varlen.embed(frame(mixed, partitions), EmbedSettings.of(builtin)).collect()
        assert(rows.map(_.getString(0)).toSeq == mixed.map(_._1))
        assert(rows.map(row => Seq(2, 3, 4).forall(row.isNullAt)).toSeq == mixed.map(_._2 == null))
      }
      for (count <- Seq(0, 1); partitions <- Seq(1, 4)) {
        val some = Varlen.embed(frame(mixed.take(count), partitions), EmbedSettings.of(builtin))
        assert(some.columns.toSeq == Seq("id", "text", "n_tokens", "truncated_tokens", "embedding"))
        assert(some.collect().length == count)
      }
      val nothing = spark.createDataFrame(java.util.List.of[Row](), schema)
      assert(Varlen.tokenize(nothing, TokenizeSettings.of(builtin)).collect().isEmpty)
      assert(Varlen.score(nothing, ScoreSettings.of(TinyLlama.folder.toString)).collect().isEmpty)
    }
    it("are the same when attempts of one partition run beside each other") {
      import scala.concurrent.{Await, Future}
      import scala.concurrent.ExecutionContext.Implicits.global
      import scala.concurrent.duration.DurationInt
      val embedded = Varlen.embed(frame(documents, 2), EmbedSettings.of(builtin).maxLength(24))
      val all = Await.result(Future.sequence(Seq.fill(4)(Future(embedded.collect().toSeq))), 2.minutes)
      assert(all.distinct.size == 1 && all.head.map(_.getString(0)) == documents.map(_._1))
    }
    it("wait for a batch no longer than a bounded number of rows") {
      val many = Seq("first" -> "a text") ++ (0 until OrderedRows.MOST_ROWS * 2).map(i => s"n$i" -> null)
      val pulled = spark.sparkContext.longAccumulator
      val counted = frame(many, 1).filter(udf { (_: String) => pulled.add(1); true }.apply(col("id")))
      val embedded = Varlen.embed(counted, EmbedSettings.of(builtin)).select("id", "n_tokens")
      assert(embedded.limit(1).collect().map(_.getString(0)).toSeq == Seq("first"))
      assert(pulled.value >= OrderedRows.MOST_ROWS && pulled.value < many.size, "rows that were read for one")
      val rows = embedded.collect()
      assert(rows.map(_.getString(0)).toSeq == many.map(_._1) && rows.count(!_.isNullAt(1)) == 1)
    }
    it("come as they are asked for: a limit computes a part") {
      val counted = spark.sparkContext.longAccumulator
      val source = frame(random(2000, 30, new Random(seed)), 1).filter(udf { (_: String) =>
        counted.add(1); true
      }.apply(col("id")))
      val first = LocalSpark.withConf("spark.varlen.embed.tokenBudget", "64") {
        Varlen.embed(source, EmbedSettings.of(builtin).maxLength(16)).limit(5).collect()
      }
      assert(first.map(_.getString(0)).toSeq == (0 until 5).map(i => s"d$i"))
      assert(counted.value < 500, "rows that were read")
    }
    it("stop when they are cancelled") {
      val endless = spark.range(0, 1000000, 1, 2).selectExpr("'a text' text")
      val group = s"cancelled-$seed"
      val failed = LocalSpark.quietly {
        val canceller = new Thread(() => {
          while (spark.sparkContext.statusTracker.getJobIdsForGroup(group).isEmpty) Thread.sleep(20)
          Thread.sleep(1500)
          spark.sparkContext.cancelJobGroup(group)
        })
        canceller.start()
        spark.sparkContext.setJobGroup(group, "to be cancelled", interruptOnCancel = false)
        val started = System.nanoTime()
        val outcome = scala.util.Try(Varlen.embed(endless, EmbedSettings.of(builtin)).foreach((_: Row) => ()))
        spark.sparkContext.clearJobGroup()
        canceller.join()
        assert(System.nanoTime() - started < 60L * 1000 * 1000 * 1000)
        outcome
      }
      assert(failed.isFailure)
      // without an interrupt a task ends by itself, soon
      val deadline = System.nanoTime() + 30L * 1000 * 1000 * 1000
      def active = spark.sparkContext.statusTracker.getExecutorInfos.map(_.numRunningTasks).sum
      while (active > 0 && System.nanoTime() < deadline) Thread.sleep(50)
      assert(active == 0)
    }
  }

  describe("columns that are passed through") {
    it("stay as they are, of whatever type") {
      val variant =
        if (spark.version.startsWith("3.")) "" else """parse_json('{"k":[1,2.5,null]}') v, """ // a type of Spark 4
      val wide = spark.sql(s"""
        SELECT 'some text' text, id, cast(id AS tinyint) b, id % 2 = 0 flag, cast(1.5 AS decimal(38, 18)) dec, cast('NaN' AS float) f, -0.0D d,
          cast(unhex('61FF62') AS string) invalid_utf8, array(unhex('FF'), NULL) bins, date'1582-10-10' gap, timestamp'0001-01-01 00:00:00.000001' old,
          timestamp_ntz'1900-01-01 01:02:03.456789' ntz, interval '1-2' year to month ym, interval '3 04:05:06.789' day to second ds,
          make_interval(1, 2, 3, 4, 5, 6, 7.5) calendar, map('z', 1, 'y', 2, 'x', 3, 'w', 4, 'v', 5, 'u', 6) m,
          named_struct('a', named_struct('b', array(map(1, cast(unhex('FE') AS string)))), 'c', cast(NULL AS int)) s,
          cast(NULL AS array<struct<x:int>>) nothing, ${variant}id AS `odd ``name.with dots`
        FROM range(5)""")
      // compared as Spark shows them, which it does without a detour
      def shown(rows: DataFrame): Seq[String] = {
        val cells = rows.schema.fields.toSeq.map { f =>
          val name = "`" + f.name.replace("`", "``") + "`"
          if (f.dataType == StringType) s"hex(cast($name AS binary))"
          else if (f.name == "s") s"concat(hex(cast(s.a.b[0][1] AS binary)), '|', s.c IS NULL)"
          else if (f.name == "m") "cast(map_entries(m) AS string)"
          else if (f.name == "bins") "concat_ws(',', transform(bins, x -> coalesce(hex(x), 'null')))"
          else s"cast($name AS string)"
        }
        rows.selectExpr(cells: _*).collect().map(_.mkString(" ; ")).toSeq
      }
      val tokens = Varlen.tokenize(wide, TokenizeSettings.of("tiktoken:cl100k_base"))
      assert(tokens.schema.fields.toSeq.dropRight(1) == wide.schema.fields.toSeq)
      assert(shown(tokens.drop("input_ids")) == shown(wide))
      assert(shown(wide).head.contains("61FF62"))
      assert(shown(wide).head.contains("1582-10-10"))
    }
    it("are named as before when two have the same name") {
      val twice = frame(Seq("a" -> "b")).selectExpr("text", "1 x", "2 x")
      val rows = Varlen.tokenize(twice, TokenizeSettings.of(builtin))
      assert(rows.columns.toSeq == Seq("text", "x", "x", "input_ids"))
      assert(rows.collect().head.toSeq.slice(1, 3) == Seq(1, 2))
    }
  }

  describe("documents that are none") {
    val broken = Seq("good", "bad", "also good")
    def rows = spark
      .sql(
        "SELECT * FROM VALUES ('good', 'a text'), ('bad', cast(unhex('61FF') AS string)), ('also good', 'more') t(id, text)"
      )
      .coalesce(1)

    it("fail the query, saying where and what to do") {
      val message = LocalSpark.quietly(refusal(Varlen.embed(rows, EmbedSettings.of(builtin)).collect()))
      assert(message.contains("row 1 of partition 0: the value of 'text' is invalid UTF-8 at byte 1 (0xFF)"), message)
      assert(message.contains("bad-records=quarantine"))
    }
    it("or have the reason beside them, and no row is missing") {
      for (
        frame <- Seq(
          Varlen.embed(rows, EmbedSettings.of(builtin).badRecords("quarantine")),
          Varlen.tokenize(rows, TokenizeSettings.of(builtin).badRecords("quarantine")),
          Varlen.score(rows, ScoreSettings.of(TinyLlama.folder.toString).badRecords("quarantine"))
        )
      ) {
        val all = frame.collect()
        assert(all.map(_.getString(0)).toSeq == broken)
        assert(all.map(_.getAs[String]("error")).toSeq.map(_ == null) == Seq(true, false, true))
        assert(all(1).getAs[String]("error").contains("invalid UTF-8 at byte 1"))
        assert(all.map(_.isNullAt(2)).toSeq == Seq(false, true, false))
      }
    }
    it("or ids that the model has not") {
      def ids(list: String) = spark.sql(s"SELECT $list ids")
      val settings = ScoreSettings.of(TinyLlama.folder.toString).idsColumn("ids").specialTokens("none")
      for (
        (list, what) <- Seq(
          "array(1, 300)" -> "holds 300",
          "array(-1)" -> "holds -1",
          "array(1, null)" -> "holds a null"
        )
      )
        assert(LocalSpark.quietly(refusal(Varlen.score(ids(list), settings).collect())).contains(what))
    }
  }

  describe("options") {
    val some = Seq("a" -> "b")
    def embed = EmbedSettings.of(builtin)

    it("are refused where they are none, before anything runs, with the nearest that there is") {
      assert(refusal(Varlen.embed(frame(some), embed.option("max-lenght", "3"))).contains("did you mean max-length?"))
      assert(
        refusal(Varlen.embed(frame(some), embed.option("trace", "3"))).contains("not for what turns rows into rows")
      )
      assert(refusal(Varlen.embed(frame(some), embed.option("max-length", "x"))).contains("whole number"))
      assert(refusal(Varlen.embed(frame(some), embed.maxLength(3).option("maxLength", "4"))).contains("given twice"))
      assert(refusal(Varlen.embed(frame(some), embed.longDocuments("cut"))).contains("truncate or chunks"))
      assert(refusal(Varlen.embed(frame(some), embed.dimensions(385))).contains("have 384"))
      assert(refusal(Varlen.embed(frame(some), embed.textColumn("txt"))).contains("did you mean 'text'?"))
      assert(
        refusal(Varlen.embed(frame(some).selectExpr("1 text"), embed)).contains("'text' is int; text must be a string")
      )
      assert(refusal(Varlen.embed(frame(some), embed.idsColumn("text"))).contains("array of whole numbers"))
      assert(
        refusal(Varlen.embed(frame(some).selectExpr("text", "1 Embedding"), embed)).contains("'Embedding' already")
      )
      assert(refusal(Varlen.embed(frame(some), embed.prompt("p: ").idsColumn("text"))).contains("prompt"))
      assert(
        refusal(Varlen.tokenize(frame(some), TokenizeSettings.of(builtin).specialTokens("chunk")))
          .contains("pack alone")
      )
    }
    it("mean what they mean on the command line") {
      val vector = Varlen.embed(frame(some), embed.dimensions(7)).collect().head.getSeq[Float](4)
      assert(vector.length == 7)
      val texts = Seq("a" -> "word " * 40)
      val cut = Varlen.embed(frame(texts), embed.maxLength(10)).collect().head
      assert((cut.getLong(2), cut.getLong(3)) == (42, 32))
      assert(Varlen.embed(frame(texts), embed.maxLength(10).longDocuments("chunks")).collect().head.getLong(3) == 0)
    }
  }

  describe("rows of all documents together") {
    val documents = random(300, 60, new Random(seed))

    it("are those that pack makes of the same documents in files, and so is the digest") {
      val out = Folders.create("pack").resolve("out").toString
      val tokenizer = Engine.get.tokenizerSource("tiktoken:cl100k_base")
      val report =
        new PackJob(spark, new PackOptions(jsonlInput(jsonl(documents)), tokenizer, 64, out), JobProgress.NONE).run()
      val expected = spark.read.parquet(out).orderBy("row_id").collect().toSeq
      for (partitions <- Seq(1, 7, 400)) {
        val folder = Folders.create("pack").resolve("frame").toString
        val settings = PackSettings.of("tiktoken:cl100k_base", 64).output(folder)
        val rows = Varlen.pack(frame(Random.shuffle(documents), partitions), settings)
        assert(rows.orderBy("row_id").collect().toSeq == expected)
        assert(rows.schema == spark.read.parquet(out).schema)
        val digest = io.varlen.spark.dataset.PackedDataset
          .open(LocalSpark.context.hadoopConfiguration(), folder)
          .manifest
          .packing
          .digest
        assert(digest == report.figures.get("digest"))
      }
    }
    it("need no folder on one machine") {
      val rows = Varlen.pack(frame(documents), PackSettings.of("tiktoken:cl100k_base", 64))
      assert(rows.selectExpr("sum(n_tokens)").collect().head.getLong(0) > 0)
      val heads = Varlen.attend(frame(documents.take(20)), AttendSettings.of(TinyLlama.folder.toString))
      assert(heads.count() == TinyLlama.Layers * TinyLlama.Heads)
    }
    it("may be made of token ids") {
      val ids = Varlen.tokenize(frame(documents), TokenizeSettings.of("tiktoken:cl100k_base"))
      val settings = PackSettings.of("tiktoken:cl100k_base", 64)
      val ofIds = Varlen.pack(ids, settings.idsColumn("input_ids")).orderBy("row_id").collect().toSeq
      assert(ofIds == Varlen.pack(frame(documents), settings).orderBy("row_id").collect().toSeq)
    }
  }
}
