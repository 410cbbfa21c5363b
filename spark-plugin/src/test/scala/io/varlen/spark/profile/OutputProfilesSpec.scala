package io.varlen.spark.profile

import com.fasterxml.jackson.databind.node.ObjectNode
import io.varlen.InvalidInputException
import io.varlen.spark.LocalSpark
import io.varlen.spark.dataset.{JobOutput, PageFile}
import io.varlen.spark.job.{JobProgress, ReportJob, ReportOptions, VerifyJob, VerifyOptions}
import io.varlen.spark.job.VerifyJobSpec.EditedDataset
import org.apache.spark.sql.functions.{col, lit}
import org.scalatest.funspec.AnyFunSpec

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._

/** Packed datasets looked at as a whole, beside their rows; and the place of a page about them. */
class OutputProfilesSpec extends AnyFunSpec {
  private val spark = LocalSpark.session
  private def hadoop = spark.sparkContext.hadoopConfiguration

  private def profile(folder: Path): OutputProfile =
    new ReportJob(spark, new ReportOptions(folder.toString), JobProgress.NONE).run()

  private def packed(folder: Path): PackedContent = profile(folder).content.asInstanceOf[PackedContent]

  private def refused(body: => Any)(words: String*): Unit = {
    val message = LocalSpark.quietly(intercept[InvalidInputException](body).getMessage)
    assert(words.forall(message.contains) && !message.contains("\n"), message)
  }

  describe("a packed dataset") {
    it("has the tokens and segments of its rows counted, each row once") {
      val dataset = new EditedDataset
      val rows = dataset.parts.flatMap(dataset.rows(_).select("n_tokens", "cu_seqlens").collect().toSeq)
      val content = packed(dataset.path)
      for (n <- rows.map(_.getInt(0)).distinct)
        assert(content.tokens.count(n) == rows.count(_.getInt(0) == n))
      assert(content.tokens.total == rows.size && content.segments.total == rows.size)
      assert(content.segments.tokens == rows.map(_.getList[Int](1).size - 1).sum)
      assert(content.tokens.tokens == dataset.manifest.get("figures").get("packed_tokens").asLong)
    }

    it("has a sample of rows that are as they are stored, the same ones whatever part they are in") {
      val dataset = new EditedDataset
      val output = JobOutput.open(hadoop, dataset.path.toString)
      val sample = PackedScan.of(spark, output, 3).sample.asScala
      assert(sample.size == 3 && sample.map(_.rowId) == sample.map(_.rowId).sorted)
      val all = dataset.parts.map(dataset.rows).reduce((a, b) => a.union(b))
      for (row <- sample) {
        val stored = all.where(col("row_id") === row.rowId).select("cu_seqlens", "segments.doc_id").head()
        assert(row.offsets.toSeq == stored.getList[Int](0).asScala)
        assert(row.docIds.asScala == stored.getList[String](1).asScala)
      }
      val bigger = PackedScan.of(spark, output, 5).sample.asScala.map(_.rowId)
      assert(sample.map(_.rowId).forall(bigger.contains))
    }

    it("is refused where a row cannot be what it says") {
      for ((column, value) <- Seq("n_tokens" -> lit(3), "cu_seqlens" -> lit(null).cast("array<int>"))) {
        val dataset = new EditedDataset
        dataset.edit(dataset.parts.head)(_.withColumn(column, value))
        refused(profile(dataset.path))("row_id", "is damaged", "verify")
      }
      val renamed = new EditedDataset
      renamed.edit(renamed.parts.head)(_.withColumn("n_tokens", col("n_tokens").cast("long")))
      refused(profile(renamed.path))("n_tokens", "bigint", "int")
    }

    it("is refused where a part is missing, or the manifest is of another job") {
      val cut = new EditedDataset
      Files.delete(cut.path.resolve(cut.parts.head))
      refused(profile(cut.path))(cut.parts.head, "is missing")
      val exported = new EditedDataset
      exported.editManifest(_.get("fingerprint").asInstanceOf[ObjectNode].put("command", "export"))
      refused(profile(exported.path))("the output of export", "pack, embed, score or attend")
    }
  }

  describe("the place of a page") {
    val mark = "our mark"
    def open(dataset: EditedDataset, file: String, overwrite: Boolean = false) =
      PageFile.open(hadoop, JobOutput.open(hadoop, dataset.path.toString), file, mark, overwrite)
    def page(text: String) = s"$mark $text".getBytes(UTF_8)

    it("is below _varlen, where nothing of the dataset changes for it") {
      val dataset = new EditedDataset
      assert(open(dataset, null).write(page("one")) && !open(dataset, null).write(page("one")))
      assert(open(dataset, null).write(page("two")))
      assert(Files.readString(dataset.path.resolve("_varlen/report.html")) == s"$mark two")
      val verified = new VerifyJob(spark, new VerifyOptions(dataset.path.toString, 10), JobProgress.NONE).run()
      assert(verified.damaged == 0, verified.findings)
    }

    it("is no file of anybody else, unless that is meant") {
      val dataset = new EditedDataset
      val foreign = dataset.path.resolveSibling(s"${dataset.path.getFileName}.html")
      Files.writeString(foreign, "<p>mine</p>")
      refused(open(dataset, foreign.toString))(foreign.toString, "is not a page of varlen report", "--overwrite")
      assert(Files.readString(foreign) == "<p>mine</p>")
      assert(open(dataset, foreign.toString, overwrite = true).write(page("new")))
      assert(open(dataset, foreign.toString).write(page("newer")))
    }

    it("is not among the data, and no folder") {
      val dataset = new EditedDataset
      for (name <- Seq("page.html", "_varlen/manifest.json", "_x/page.html"))
        refused(open(dataset, dataset.path.resolve(name).toString, overwrite = true))(name, "take it for data")
      assert(open(dataset, dataset.path.resolve("_page.html").toString).write(page("")))
      refused(open(dataset, dataset.path.getParent.toString))("is a folder", "report.html")
    }
  }
}
