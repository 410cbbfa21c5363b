package io.varlen.spark.frame

import io.varlen.spark.dataset.PackedDataset
import io.varlen.spark.engine.ModelReference
import io.varlen.spark.{Folders, LocalSpark, TinyLlama, Varlen}
import org.apache.spark.sql.{DataFrame, Dataset, Row}
import org.apache.spark.sql.streaming.Trigger
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.{Files, Path}
import scala.util.Random

/** What is stateless works on a stream, and a restart neither loses nor doubles a row. */
class StreamingSpec extends AnyFunSpec {
  import Documents._

  private val seed = System.nanoTime()
  private val builtin = ModelReference.BUILTIN
  private def spark = LocalSpark.session

  private def add(folder: Path, name: String, documents: Seq[(String, String)]): Unit =
    Files.move(jsonl(documents), folder.resolve(name + ".json"))

  private def stream(folder: Path): DataFrame =
    spark.readStream.schema(Documents.schema).option("maxFilesPerTrigger", 1).json(folder.toString)

  private def run(rows: DataFrame, checkpoint: Path)(batch: (Dataset[Row], Long) => Unit): Unit = {
    val query = rows.writeStream
      .option("checkpointLocation", checkpoint.toString)
      .trigger(Trigger.AvailableNow())
      .foreachBatch(batch)
      .start()
    query.awaitTermination()
  }

  describe(s"a stream of documents (seed $seed)") {
    val documents = random(90, 30, new Random(seed)).grouped(15).toSeq

    it("is tokenized, embedded and scored as a table is, also where a batch fails and the query starts again") {
      val llama = TinyLlama.folder.toString
      val ways = Seq[DataFrame => DataFrame](
        Varlen.tokenize(_, TokenizeSettings.of(builtin)),
        Varlen.embed(_, EmbedSettings.of(builtin).maxLength(16)),
        Varlen.score(_, ScoreSettings.of(llama)),
        _.selectExpr("id", "text", s"varlen_token_count(text, '$builtin') n")
      )
      for (way <- ways) {
        val in = Folders.create("stream")
        val checkpoint = Folders.create("checkpoint")
        documents.take(3).zipWithIndex.foreach { case (some, i) => add(in, s"f$i", some) }
        var batches = Map.empty[Long, Seq[Row]]
        LocalSpark.quietly {
          assertThrows[Exception](run(way(stream(in)), checkpoint) { (rows, id) =>
            if (id == 1) {
              rows.take(3)
              throw new IllegalStateException("on purpose")
            }
            batches += id -> rows.collect().toSeq
          })
        }
        assert(batches.keySet == Set(0L))
        documents.drop(3).zipWithIndex.foreach { case (some, i) => add(in, s"g$i", some) }
        run(way(stream(in)), checkpoint)((rows, id) => batches += id -> rows.collect().toSeq)
        assert(batches.keySet == (0L to 5L).toSet)
        val got = batches.values.flatten.toSeq.sortBy(_.getString(0))
        assert(got == way(frame(documents.flatten)).collect().toSeq.sortBy(_.getString(0)))
      }
    }
    it("is packed batch by batch, each batch once however often it comes") {
      val in = Folders.create("stream")
      val checkpoint = Folders.create("checkpoint")
      val out = Folders.create("packed").resolve("out").toString
      documents.zipWithIndex.foreach { case (some, i) => add(in, s"f$i", some) }
      def pack(rows: Dataset[Row]): Unit =
        rows.write
          .format("varlen")
          .option("job", "pack")
          .option("tokenizer", builtin)
          .option("seq-len", 64)
          .mode("append")
          .save(out)
      // each batch is packed, and then its failure makes it come again
      for (next <- documents.indices) LocalSpark.quietly {
        assertThrows[Exception](run(stream(in), checkpoint) { (rows, id) =>
          assert(id == next - 1 || id == next)
          pack(rows)
          if (id == next) throw new IllegalStateException("on purpose")
        })
      }
      run(stream(in), checkpoint)((rows, _) => pack(rows))
      val total = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), out).manifest.packing.ledger.total
      assert(total.documents == documents.flatten.size)
      val ids = spark.read
        .format("varlen")
        .load(out)
        .selectExpr("explode(segments) s")
        .where("s.chunk = 0")
        .selectExpr("s.doc_id")
        .collect()
      assert(ids.map(_.getString(0)).sorted.toSeq == documents.flatten.map(_._1).sorted)
    }
    it("is not what a job can be run on") {
      val in = Folders.create("stream")
      add(in, "f", documents.head)
      def refused = refusal(
        stream(in).writeStream
          .format("varlen")
          .option("job", "pack")
          .option("checkpointLocation", Folders.create("checkpoint").toString)
          .start(Folders.create("out").toString)
      )
      assert(refused.contains("foreachBatch"))
      assert(refusal(Varlen.pack(stream(in), PackSettings.of(builtin, 64))).contains("foreachBatch"))
    }
  }
}
