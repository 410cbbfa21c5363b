package io.varlen.spark.source

import io.varlen.packing.{Overflow, PackingRules, PackingStrategy, RowLimits}
import io.varlen.spark.dataset.{InputFolder, PackedDataset}
import io.varlen.spark.engine.ModelReference
import io.varlen.spark.frame.{Documents, EmbedSettings, PackSettings}
import io.varlen.spark.job.{PlanJob, PlanOptions}
import io.varlen.spark.{Folders, Lineage, LocalSpark, TestFiles, TinyLlama, Varlen}
import org.apache.hadoop.conf.Configuration
import org.apache.spark.sql.functions.{col, udf}
import org.apache.spark.sql.{DataFrame, DataFrameWriter, Row, SaveMode}
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import scala.util.Random

class VarlenSourceSpec extends AnyFunSpec {
  import Documents._

  private val seed = System.nanoTime()
  private val builtin = ModelReference.BUILTIN
  private val tokenizer = "tiktoken:cl100k_base"
  private def spark = LocalSpark.session
  private def folder(name: String = "out"): Path = Folders.create("source").resolve(name)
  private lazy val documents = random(200, 50, new Random(seed))

  private def packing(rows: DataFrame): DataFrameWriter[Row] =
    rows.write.format("varlen").option("job", "pack").option("tokenizer", tokenizer).option("seq-len", 64)
  private def pack(rows: DataFrame, out: Path): Path = { packing(rows).save(out.toString); out }
  private def load(out: Path): DataFrame = spark.read.format("varlen").load(out.toString)
  private def manifest(out: Path) = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), out.toString).manifest
  private lazy val packed = pack(frame(documents), folder())

  describe(s"writing (seed $seed)") {
    it("packs, and what was packed is read back") {
      val rows = load(packed)
      val direct = Varlen.pack(frame(documents), PackSettings.of(tokenizer, 64))
      assert(rows.schema == direct.schema)
      assert(rows.orderBy("row_id").collect().toSeq == direct.orderBy("row_id").collect().toSeq)
      assert(!Files.exists(packed.resolve("_varlen/input")))
    }
    it("embeds, scores and attends") {
      val out = folder()
      frame(documents.take(30)).write
        .format("varlen")
        .option("job", "embed")
        .option("model", builtin)
        .option("maxLength", 16)
        .save(out.toString)
      val lazily = Varlen
        .embed(frame(documents.take(30)), EmbedSettings.of(builtin).maxLength(16))
        .select("id", "n_tokens", "truncated_tokens", "embedding")
      assert(load(out).orderBy("doc_id").collect().toSeq == lazily.orderBy("id").collect().toSeq)
      for ((job, count) <- Seq("score" -> 30, "attend" -> TinyLlama.Layers * TinyLlama.Heads)) {
        val out = folder()
        frame(documents.take(30)).write
          .format("varlen")
          .option("job", job)
          .option("model", TinyLlama.folder.toString)
          .save(out.toString)
        assert(load(out).count() == count)
      }
    }
    it("does nothing for the same rows again, in any order and partitions, and refuses others") {
      val out = pack(frame(documents), folder())
      val before = TestFiles.listing(out)
      pack(frame(new Random(seed).shuffle(documents), 11), out)
      assert(TestFiles.listing(out) == before)
      val other = documents.updated(3, documents(3).copy(_2 = "another text"))
      assert(refusal(pack(frame(other), out)).contains("the rows of the DataFrame are others"))
      assert(
        refusal(packing(frame(documents)).option("seed", 1).save(out.toString)).contains("seed is 0 there and 1 here")
      )
      assert(TestFiles.listing(out) == before)
    }
    it("ignores, overwrites and appends as the save mode says") {
      val out = pack(frame(documents), folder())
      val before = TestFiles.listing(out)
      val more = Seq("x1" -> "one more", "x2" -> "and another")
      packing(frame(more)).mode(SaveMode.Ignore).save(out.toString)
      assert(TestFiles.listing(out) == before)
      for (_ <- 1 to 2) packing(frame(more)).mode("append").save(out.toString)
      assert(manifest(out).packing.ledger.total.documents == documents.size + 2)
      packing(frame(documents, 5)).mode("append").save(out.toString)
      assert(manifest(out).packing.ledger.total.documents == documents.size + 2)
      assert(
        refusal(packing(frame(Seq("x1" -> "again"))).mode("append").save(out.toString)).contains("document x1 is in")
      )
      packing(frame(more)).mode("overwrite").save(out.toString)
      assert(manifest(out).packing.ledger.total.documents == 2)
      val first = folder()
      packing(frame(more)).mode("append").save(first.toString)
      assert(load(first).count() == 1)
      // what is replaced may be what is read
      packing(load(out).selectExpr("row_id id", "'new ' || checksum text")).mode("overwrite").save(out.toString)
      assert(manifest(out).packing.ledger.total.documents == 1)
    }
    it("takes 0 rows, 1 row, empty partitions, and ids that are numbers") {
      for (count <- Seq(0, 1); partitions <- Seq(1, 9)) {
        val out = pack(frame(documents.filter(_._2.nonEmpty).take(count), partitions), folder())
        assert(load(out).count() == count)
        assert(load(out).columns.contains("cu_seqlens"))
      }
      val none = spark.createDataFrame(java.util.List.of[Row](), Documents.schema)
      val out = folder()
      none.write.format("varlen").option("job", "embed").option("model", builtin).save(out.toString)
      assert(
        load(out).columns.toSeq == Seq("doc_id", "n_tokens", "truncated_tokens", "embedding") && load(out).count() == 0
      )
      val numbered = pack(spark.range(5).selectExpr("cast(id AS tinyint) id", "cast('text' AS binary) text"), folder())
      assert(
        load(numbered)
          .selectExpr("explode(segments.doc_id) d")
          .orderBy("d")
          .collect()
          .map(_.getString(0))
          .toSeq == (0 until 5).map(_.toString)
      )
    }
    it("reads a DataFrame that gives other rows each time once") {
      val random =
        spark.range(0, 300, 1, 4).selectExpr("uuid() id", "concat_ws(' ', 'text', cast(rand() AS string)) text")
      val out = pack(random, folder())
      val ledger = manifest(out).packing.ledger.total
      assert(ledger.documents == 300 && ledger.packedDocuments == 300)
    }
    it("treats bad records as the job does") {
      val rows = spark.sql(
        """SELECT * FROM VALUES ('a', 'good'), ('b', cast(unhex('FF') AS string)), ('c', null), (null, 'x'), ('a', 'good'), ('a', 'good')
        t(id, text)"""
      )
      val message = refusal(pack(rows, folder()))
      assert(message.matches("dataframe/part-0000[0-9]-c000 at [0-9]+ .*quarantine.*"), message)
      val out = folder()
      packing(rows).option("bad-records", "quarantine").save(out.toString)
      val total = manifest(out).packing.ledger.total
      assert((total.documents, total.quarantinedDocuments, total.packedDocuments) == ((6, 5, 1)))
      assert(spark.read.json(out.resolve("_varlen/quarantine").toString).count() == 5)
    }
    it("fails when another job takes its rows away, whenever that is") {
      val out = folder()
      val target = out.toString
      val intruded = udf { (id: String) =>
        if (id == "d150") InputFolder.of(new Configuration(), target)
        id
      }
      val rows = frame(documents, 4).withColumn("id", intruded(col("id")))
      val message = LocalSpark.quietly(refusal(pack(rows, out)))
      assert(message.contains("another job with this output began while this one was at work"), message)
      assert(!Files.exists(out.resolve("_varlen/manifest.json")))
      pack(frame(documents), out)
      assert(load(out).count() == load(packed).count())
      assert(!Files.exists(out.resolve("_varlen/input")))
    }
    it("takes folders and columns of any name") {
      val out = folder("a[1]{b,c}* %20#ü")
      val odd = "i.d, ;{}()=`"
      packing(frame(documents).toDF(odd, "te`xt"))
        .option("id-column", odd)
        .option("text-column", "te`xt")
        .save(out.toString)
      assert(load(out).count() == load(packed).count())
      assert(Lineage.of(spark, out.toString).select("doc_id").distinct().count() == documents.count(_._2.nonEmpty))
    }
    it("leaves nothing where it refuses") {
      val out = folder()
      assert(refusal(pack(frame(Seq("a" -> null)), out)).contains("null"))
      assert(!Files.exists(out))
      val taken = Folders.create("taken")
      Files.writeString(taken.resolve("mine.txt"), "x")
      assert(refusal(pack(frame(documents), taken)).contains("not the output of a varlen job"))
      assert(TestFiles.listing(taken).keySet == Set("mine.txt"))
      val ids = packing(frame(documents)).option("text-column", "id")
      assert(refusal(ids.save(folder().toString)).contains("'id' cannot be a document's id and its content"))
      assert(refusal(pack(frame(documents), taken.resolve("mine.txt"))).contains("is a file"))
    }
    it("refuses options that there are not, with the nearest that there is") {
      def writing = frame(documents.take(1)).write.format("varlen")
      def save(options: (String, String)*) = refusal(writing.options(options.toMap).save(folder().toString))
      assert(save().contains("the option job is missing"))
      assert(save("job" -> "pakc").contains("did you mean pack?"))
      assert(save("job" -> "pack", "seqlength" -> "3").contains("did you mean seq-len?"))
      assert(save("job" -> "pack", "tokenizer" -> tokenizer).contains("seq-len of pack is missing"))
      assert(
        save("job" -> "pack", "seq_len" -> "many", "tokenizer" -> tokenizer).contains("'many'; it is a whole number")
      )
      assert(save("job" -> "embed").contains("model of embed is missing"))
      for (spelling <- Seq("ids-column", "idsColumn", "ids_column"))
        assert(save("job" -> "embed", "model" -> builtin, spelling -> "x").contains("not for what writes a folder"))
      assert(
        refusal(packing(frame(documents)).partitionBy("id").save(folder().toString)).contains("leave out partitionBy")
      )
      assert(
        save("job" -> "pack", "seqLen" -> "8", "tokenizer" -> tokenizer, "id-column" -> "ID2").contains(
          "did you mean 'id'?"
        )
      )
      assert(refusal(writing.option("job", "pack").save()).contains("no folder is given"))
      assert(
        refusal(writing.mode("append").option("job", "embed").option("model", builtin).save(folder().toString))
          .contains("cannot be appended to")
      )
    }
  }

  describe("reading the rows of a view") {
    def ofView(job: String, options: (String, String)*)(rows: DataFrame): DataFrame = {
      rows.createOrReplaceTempView("documents")
      spark.read.format("varlen").option("job", job).option("view", "documents").options(options.toMap).load()
    }
    it("gives what the typed API gives, column by column and lazily") {
      val some = frame(documents.take(20))
      val embedded = ofView("embed", "model" -> builtin, "max_length" -> "8")(some)
      val typed = Varlen.embed(some, EmbedSettings.of(builtin).maxLength(8))
      assert(embedded.schema == typed.schema)
      assert(embedded.orderBy("id").collect().toSeq == typed.orderBy("id").collect().toSeq)
      assert(embedded.where("n_tokens > 5").select("id").count() == typed.where("n_tokens > 5").count())
      val names = some.withColumnRenamed("text", "a `text`.of mine")
      val tokenized = ofView("tokenize", "tokenizer" -> tokenizer, "text-column" -> "a `text`.of mine")(names)
      assert(tokenized.columns.toSeq == Seq("id", "a `text`.of mine", "input_ids"))
      assert(tokenized.drop("input_ids").collect().toSet == names.collect().toSet)
      val scored = ofView("score", "model" -> TinyLlama.folder.toString)(some)
      assert(scored.select("perplexity", "id").count() == 20)
    }
    it("can be explained, and explains") {
      val embedded = ofView("embed", "model" -> builtin)(frame(documents.take(2)))
      assert(
        Varlen.explain(embedded.where("n_tokens > 1")).contains("Varlen.embed: in batches of a partition's rows\n")
      )
      assert(ofView("explain")(embedded).head().getString(0) == Varlen.explain(embedded))
    }
    it("refuses what a view is not for") {
      val some = frame(documents.take(2))
      assert(
        refusal(ofView("pack", "tokenizer" -> tokenizer)(some)).contains("and not 'pack'; jobs that write a folder")
      )
      assert(refusal(ofView("tokenize", "tokeniser" -> tokenizer)(some)).contains("did you mean tokenizer?"))
      val stream = spark.readStream.format("rate").load().selectExpr("string(value) AS text")
      assert(refusal(ofView("tokenize", "tokenizer" -> tokenizer)(stream)).contains("the view is a stream"))
    }
  }

  describe("reading a report") {
    def report(job: String, options: (String, String)*)(folder: Path): DataFrame =
      spark.read.format("varlen").option("job", job).options(options.toMap).load(folder.toString)
    it("has every figure of plan, of a packed dataset as of its documents") {
      val asked = Seq("seq-len" -> "64, 128", "strategy" -> "bfd,sequential")
      val plans = report("plan", asked: _*)(packed).collect()
      val rules = for (n <- Seq(64, 128); s <- Seq("bfd", "sequential")) yield (n, s)
      assert(plans.map(p => (p.getAs[Int]("seq_len"), p.getAs[String]("strategy"))).toSeq == rules)
      val figures = new PlanJob(
        spark,
        new PlanOptions(
          packed.toString,
          rules.map { case (n, s) =>
            new PackingRules(PackingStrategy.ofName(s), RowLimits.ofLength(n), Overflow.SPLIT)
          }.asJava
        )
      ).run().job.figures.get("plans").asInstanceOf[java.util.List[java.util.Map[String, Object]]]
      assert(plans.map(_.schema.fieldNames.toSet).forall(_ == figures.get(0).keySet.asScala))
      for ((plan, figure) <- plans.zip(figures.asScala); name <- plan.schema.fieldNames)
        assert(plan.getAs[Any](name) == figure.get(name), name)
      frame(documents).createOrReplaceTempView("planned")
      val ofTexts = spark.read.format("varlen").option("job", "plan").option("view", "planned").options(asked.toMap)
      assert(ofTexts.option("tokenizer", tokenizer).load().collect().toSeq == plans.toSeq)
    }
    it("has the figures of verify, and what is damaged") {
      val sound = report("verify")(packed).head()
      assert(sound.getAs[Long]("damaged") == 0 && sound.getAs[String]("digest") == manifest(packed).packing.digest)
      assert(sound.getAs[Long]("rows") == load(packed).count() && sound.getAs[Any]("findings") == Seq())
      val out = pack(frame(documents), folder())
      val text = Files.readString(out.resolve("_varlen/manifest.json"))
      Files.writeString(
        out.resolve("_varlen/manifest.json"),
        text.replace(manifest(out).packing.digest, "0" * 64)
      )
      val damaged = report("verify", "list" -> "1")(out).head()
      assert(damaged.getAs[Long]("damaged") > 0 && damaged.getAs[scala.collection.Seq[String]]("findings").size == 1)
    }
    it("refuses what there is not") {
      assert(refusal(report("plan")(packed).collect()).contains("seq-len of plan is missing"))
      assert(refusal(report("plan", "seq-len" -> "8,x")(packed).collect()).contains("with commas between them"))
      assert(refusal(report("verify", "lisst" -> "1")(packed).collect()).contains("did you mean list?"))
      assert(refusal(report("verify")(folder()).collect()).contains("is not a packed dataset"))
    }
  }

  describe("reading") {
    it("takes only the files that the manifest names, and only the columns that are asked for") {
      val out = pack(frame(documents), folder())
      val stray = Files.list(out).filter(_.toString.endsWith(".parquet")).findFirst.get
      Files.copy(stray, out.resolve("part-00000000-00077.parquet"))
      assert(load(out).count() == load(packed).count())
      val two = load(out).selectExpr("n_tokens", "row_id").where("row_id BETWEEN 3 AND 5 AND n_tokens IS NOT NULL")
      assert(
        two.collect().toSeq == spark.read
          .parquet(packed.toString)
          .selectExpr("n_tokens", "row_id")
          .where("row_id BETWEEN 3 AND 5")
          .collect()
          .toSeq
      )
      val plan = two.queryExecution.executedPlan.toString
      assert(
        plan.contains("PushedFilters: [") && plan.contains("GreaterThanOrEqual(row_id,3)") && !plan.contains(
          "input_ids"
        ),
        plan
      )
    }
    it("gives with every filter the rows that it gives without pushing it down") {
      val all = load(packed).collect().length
      for (
        condition <- Seq(
          "row_id = 3",
          "row_id > 3",
          "row_id >= 3",
          "row_id < 3",
          "row_id <= 3",
          "row_id IN (1, 2, 900)",
          "row_id IS NULL",
          "n_tokens IS NOT NULL",
          "row_id = 1 OR n_tokens < 60",
          "NOT (row_id = 1 OR n_tokens < 60)",
          "row_id <=> 3",
          "row_id % 2 = 0 AND row_id < 20",
          "size(segments) > 2 OR row_id = 0",
          "input_ids = cu_seqlens",
          "row_id NOT IN (1, 2)"
        )
      ) {
        val expected = spark.read.parquet(packed.toString).where(condition).orderBy("row_id").collect().toSeq
        assert(load(packed).where(condition).orderBy("row_id").collect().toSeq == expected, condition)
        assert(expected.size <= all)
      }
      val out = folder()
      frame(documents.take(30)).write
        .format("varlen")
        .option("job", "embed")
        .option("model", builtin)
        .option("maxLength", 8)
        .save(out.toString)
      assert(load(out).where("doc_id LIKE 'd1%'").count() == documents.take(30).count(_._1.startsWith("d1")))
    }
    it("gives with conditions on strings of any bytes the rows that it gives without pushing them down") {
      val out = folder()
      frame(Seq("\ud83d\ude00" -> "four bytes", "\uffee" -> "three", "a" -> "one", "A" -> "none")).write
        .format("varlen")
        .option("job", "embed")
        .option("model", builtin)
        .save(out.toString)
      val plain = spark.read.parquet(out.toString).select("doc_id").collect().map(_.getString(0).getBytes("UTF-8"))
      def isBefore(a: Array[Byte], b: Array[Byte]) = java.util.Arrays.compareUnsigned(a, b) < 0
      for (bytes <- Seq("FF", "F0FF", "EFBFBD", "61", "41FF").map(java.util.HexFormat.of.parseHex)) {
        val string = s"cast(X'${java.util.HexFormat.of.formatHex(bytes)}' AS string)"
        assert(load(out).where(s"doc_id < $string").count() == plain.count(isBefore(_, bytes)), string)
        assert(load(out).where(s"doc_id > $string").count() == plain.count(isBefore(bytes, _)), string)
        assert(load(out).where(s"doc_id IN ($string, 'a', null)").count() == 1, string)
      }
      if (!spark.version.startsWith("3.")) // collations are new in Spark 4
        assert(load(out).where("doc_id COLLATE UTF8_LCASE = 'a'").count() == 2)
      assert(load(out).where("NOT (doc_id IN ('a', null))").count() == 0)
    }
    it("takes columns of any name") {
      val out = folder()
      frame(documents.take(5), 1).write
        .format("varlen")
        .option("job", "embed")
        .option("model", builtin)
        .save(out.toString)
      // no job gives its columns such names; a dataset of later days may
      val odd = Seq("doc.id", "`", "a `b`.c d", "embedding")
      val plain = spark.read.parquet(out.toString).collect()
      val part = Files.list(out).filter(_.toString.endsWith(".parquet")).findFirst.get
      val size = Files.size(part)
      val renamed = folder("renamed")
      spark.read.parquet(out.toString).toDF(odd: _*).coalesce(1).write.parquet(renamed.toString)
      Files.move(
        Files.list(renamed).filter(_.toString.endsWith(".parquet")).findFirst.get,
        part,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING
      )
      val manifest = out.resolve("_varlen/manifest.json")
      val told = Files.readString(manifest)
      assert(told.contains(s"$size"))
      Files.writeString(manifest, told.replace(s"$size", s"${Files.size(part)}"))
      val rows = load(out)
      assert(rows.columns.toSeq == odd && rows.collect().toSeq == plain.toSeq)
      assert(rows.select(odd.reverse.map(name => col("`" + name.replace("`", "``") + "`")): _*).count() == plain.length)
      assert(rows.select("`doc.id`").collect().map(_.getString(0)).toSeq == plain.map(_.getString(0)).toSeq)
      assert(rows.where("`doc.id` = 'd3' AND ```` > 0 AND `a ``b``.c d` IS NOT NULL").count() == 1)
    }
    it("knows a folder by all its names, and sees that it has been replaced") {
      val out = pack(frame(documents), folder())
      val before = load(out)
      assert(load(out).cache().count() > 1)
      packing(frame(Seq("x" -> "one row"))).mode("overwrite").save(out.toUri.toString + "/")
      assert(load(out).count() == 1)
      before.unpersist()
      frame(documents).write
        .format("varlen")
        .option("job", "embed")
        .option("model", builtin)
        .mode("overwrite")
        .save(out.toString)
      assert(refusal(before.selectExpr("n_tokens + 1").collect()).contains("by rows of other columns; load it again"))
    }
    it("is there in SQL as what a job fills, and under Hive's catalog") {
      frame(documents).createOrReplaceTempView("documents_to_pack")
      val options = s"job 'pack', tokenizer '$tokenizer', `seq-len` 64"
      spark.sql(s"CREATE TABLE filled USING varlen OPTIONS ($options) AS SELECT id, text FROM documents_to_pack")
      try assert(spark.table("filled").count() == load(packed).count())
      finally spark.sql("DROP TABLE filled")
      packing(frame(documents)).saveAsTable("saved")
      try assert(spark.table("saved").count() == load(packed).count())
      finally spark.sql("DROP TABLE saved")
      assert(spark.read.format("varlen").option("serialization.format", 1).load(packed.toString).count() > 0)
    }
    it("is there in SQL, as a table and as a view") {
      spark.sql(s"CREATE TABLE packed_rows USING varlen OPTIONS (path '$packed')")
      try
        assert(
          spark
            .sql("SELECT sum(n_tokens) FROM packed_rows")
            .collect()
            .toSeq == load(packed).selectExpr("sum(n_tokens)").collect().toSeq
        )
      finally spark.sql("DROP TABLE packed_rows")
      assert(Files.exists(packed.resolve("_varlen/manifest.json")), "dropping the table left the dataset")
      spark.sql(s"CREATE TEMPORARY VIEW packed_view USING varlen OPTIONS (path '$packed')")
      try assert(spark.sql("SELECT * FROM packed_view").count() == load(packed).count())
      finally spark.sql("DROP VIEW packed_view")
    }
    it("refuses what no job has finished, what is damaged, and what holds no rows") {
      assert(refusal(load(Folders.create("empty"))).contains("it has no _varlen/manifest.json"))
      assert(refusal(load(Folders.create("none").resolve("x"))).contains("does not exist"))
      val unfinished = Folders.create("unfinished")
      Files.createDirectories(unfinished.resolve("_varlen/staging/abc"))
      assert(refusal(load(unfinished)).contains("has not finished"))
      val damaged = pack(frame(documents), folder())
      Files.delete(Files.list(damaged).filter(_.toString.endsWith(".parquet")).findFirst.get)
      assert(refusal(load(damaged)).contains("is missing"))
      assert(
        refusal(spark.read.format("varlen").option("columns", "x").load(packed.toString))
          .contains("no option 'columns'")
      )
      assert(refusal(spark.read.format("varlen").load()).contains("no folder is given"))
    }
  }
}
