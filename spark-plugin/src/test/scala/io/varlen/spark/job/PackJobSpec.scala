package io.varlen.spark.job

import io.varlen.packing.{PackedRow, SpecialTokensPolicy}
import io.varlen.spark.dataset.PackedDataset
import io.varlen.spark.input.{BadRecordPolicy, DocumentSource, InputFormat, InputOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import io.varlen.tokenizer.{TokenBuffer, TokenizerSources, Tokenizers}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

class PackJobSpec extends AnyFunSpec {
  private val cl100k = TokenizerSources.resolve("tiktoken:cl100k_base")
  private lazy val oracle = Tokenizers.open(cl100k)

  private def encode(text: Array[Byte]): Seq[Int] = {
    val ids = new TokenBuffer()
    oracle.encode(text, 0, text.length, ids)
    ids.toArray.toSeq
  }

  private def input(format: InputFormat, paths: Seq[Path]) =
    new InputOptions(paths.map(_.toString).asJava, format)

  private def run(options: PackOptions, groups: Long = 0): JobReport = {
    val job =
      if (groups == 0) new PackJob(LocalSpark.session, options, JobProgress.NONE)
      else new PackJob(LocalSpark.session, options, JobProgress.NONE, TokenizerProvider.ENGINE, (_, _) => groups)
    job.run()
  }

  private def pack(in: InputOptions, seqLen: Int, groups: Long = 0): (JobReport, PackedDataset) = {
    val out = Folders.create("pack").resolve("out").toString
    val report = run(new PackOptions(in, cl100k, seqLen, out), groups)
    (report, PackedDataset.open(LocalSpark.context.hadoopConfiguration(), out))
  }

  private def rows(dataset: PackedDataset): Seq[PackedRow] = dataset.manifest.parts.asScala.toSeq.flatMap { part =>
    val stored = dataset.read(part)
    try stored.asScala.map(_.toPackedRow(dataset.rowCheck)).toList
    finally stored.close()
  }

  private def long(report: JobReport, figure: String) = report.figures.get(figure).asInstanceOf[Number].longValue

  /** The ids of every document, put together again from the rows. */
  private def documents(rows: Seq[PackedRow]): Map[String, Seq[Int]] = {
    val pieces = for {
      row <- rows
      (segment, i) <- row.segments.asScala.zipWithIndex
    } yield (segment, row.inputIds.toSeq.slice(row.cuSeqlens.start(i), row.cuSeqlens.end(i)))
    pieces.groupBy(_._1.docId).map { case (docId, parts) =>
      val sorted = parts.sortBy(_._1.chunk)
      var start = 0L
      sorted.zipWithIndex.foreach { case ((segment, ids), chunk) =>
        assert(segment.chunk == chunk && segment.tokenStart == start && segment.tokenCount == ids.length)
        start += ids.length
      }
      docId -> sorted.flatMap(_._2)
    }
  }

  describe("the corpora") {
    for (format <- Seq(InputFormat.PARAGRAPHS, InputFormat.TEXT)) {
      val in = input(format, TestFiles.corpora)
      lazy val expected: Map[String, Seq[Int]] = {
        val source = DocumentSource.open(LocalSpark.session, in)
        val texts = source.documents(source.survey(BadRecordPolicy.FAIL)).collect().asScala
        texts.map(document => document.docId -> encode(document.text)).toMap
      }
      for (seqLen <- Seq(128, 777, 2048, 8192))
        it(s"as ${format.optionName} at $seqLen lose no token and give back every document") {
          val (report, dataset) = pack(in, seqLen)
          val packed = rows(dataset)
          assert(documents(packed) == expected.filter(_._2.nonEmpty))
          val tokens = expected.values.map(_.length.toLong).sum
          assert(long(report, "documents") == expected.size)
          assert(long(report, "source_tokens") == tokens)
          assert(long(report, "packed_tokens") == tokens)
          assert(long(report, "added_special_tokens") == 0)
          assert(long(report, "dropped_tokens") == 0)
          assert(long(report, "truncated_tokens") == 0)
          assert(long(report, "rows") == packed.length)
          assert(packed.map(_.rowId) == packed.indices.map(_.toLong))
          assert(long(report, "padding_tokens") == packed.length.toLong * seqLen - tokens)
          if (seqLen == 2048) assert(long(report, "padding_tokens") <= 0.01 * packed.length * seqLen)
        }
    }
  }

  describe("the digest") {
    it("does not depend on the number of input partitions") {
      val folder = Folders.create("lines")
      TestFiles.corpora.foreach(file => Files.copy(file, folder.resolve(file.getFileName)))
      for (format <- Seq(InputFormat.LINES, InputFormat.PARAGRAPHS)) {
        val seen =
          for (partitions <- Seq(1, 7, 64))
            yield LocalSpark.withConf(
              "spark.varlen.input.partitions",
              partitions.toString
            ) {
              val in = input(format, Seq(folder))
              val actual = DocumentSource.open(LocalSpark.session, in).partitions
              (actual, pack(in, 777, groups = 3)._1.figures.get("digest"))
            }
        if (format == InputFormat.LINES)
          assert(
            seen.map(_._1).zip(Seq(1, 7, 64)).forall { case (is, wanted) =>
              math.abs(is - wanted) <= wanted / 8 + wanted / 7
            },
            seen
          )
        assert(seen.map(_._2).distinct.length == 1, seen)
      }
    }
  }
}
