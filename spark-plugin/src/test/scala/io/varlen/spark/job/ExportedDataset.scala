package io.varlen.spark.job

import io.varlen.packing.{PackedRow, PackingRules, PackingStrategy, RowLimits, Overflow, SpecialTokensPolicy}
import io.varlen.spark.dataset.PackedDataset
import io.varlen.spark.`export`.ExportFormat
import io.varlen.spark.input.{BadRecordPolicy, DocumentColumns, InputFormat, InputOptions}
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import scala.util.Random

/** A packed dataset to export, whose rows a test knows. */
class ExportedDataset(val folder: Path) {
  val dataset: PackedDataset = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), folder.toString)

  /** The rows, part by part. */
  val parts: Seq[Seq[PackedRow]] = dataset.manifest.parts.asScala.toSeq.map { part =>
    val stored = dataset.read(part)
    try stored.asScala.map(_.toPackedRow(dataset.rowCheck)).toList
    finally stored.close()
  }
  def rows: Seq[PackedRow] = parts.flatten

  def seqLen: Int = dataset.manifest.packing.seqLen

  def exportTo(format: ExportFormat, output: String, overwrite: Boolean = false): JobReport = {
    val options = new ExportOptions(folder.toString, format, output, overwrite)
    new ExportJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider).run()
  }

  /** The folder and the figures. */
  def exported(format: ExportFormat): (Path, JobReport) = {
    val out = Folders.create("export").resolve("out")
    out -> exportTo(format, out.toString)
  }
}

object ExportedDataset {
  private val Special = Seq("a,b", "quote\"d", "tab\tbed", "ünïcode…", " ", "a\\b")

  /** Documents of random ids below `idLimit`. */
  def random(
      random: Random,
      masked: Boolean,
      seqLen: Int = 24,
      documents: Int = 60,
      idLimit: Int = 50000,
      groups: Int = 3,
      lineBreaks: Boolean = false
  ): ExportedDataset = {
    val ids = if (lineBreaks) Special :+ "two\nlines" :+ "two\rlines" else Special
    val lines = (0 until documents).map { i =>
      val tokens = Seq.fill(1 + random.nextInt(seqLen))(random.nextInt(idLimit))
      val mask = tokens.map(_ => random.nextInt(2))
      val id = TestFiles.json(ids(i % ids.size) + i)
      val maskKey = if (masked) s""", "mask": [${mask.mkString(",")}]""" else ""
      s"""{"id": $id, "ids": [${tokens.mkString(",")}]$maskKey}""" + "\n"
    }
    val in = TestFiles.write(Folders.create("in").resolve("in.jsonl"), lines.mkString)
    pack(in, DocumentColumns.tokens("ids", if (masked) "mask" else null), InputFormat.JSONL, seqLen, groups)
  }

  def pack(in: Path, columns: DocumentColumns, format: InputFormat, seqLen: Int, groups: Int): ExportedDataset = {
    val out = Folders.create("packed").resolve("out")
    val input = new InputOptions(Seq(in.toString).asJava, format, columns, null)
    val options = new PackOptions(
      input,
      WordTokenizer.Source,
      new PackingRules(PackingStrategy.BFD, RowLimits.ofLength(seqLen), Overflow.ofName("split")),
      out.toString,
      SpecialTokensPolicy.NONE,
      null,
      0,
      0,
      java.util.Set.of(),
      BadRecordPolicy.FAIL,
      false,
      false
    )
    new PackJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run()
    new ExportedDataset(out)
  }

  /** The files of a folder, and of the folders in it, but for what is ours. */
  def files(folder: Path): Seq[Path] =
    TestFiles.listing(folder).keys.filterNot(_.startsWith("_varlen/")).toSeq.sorted.map(folder.resolve(_))

  def contents(folder: Path): Map[String, Seq[Byte]] =
    files(folder).map(file => folder.relativize(file).toString -> Files.readAllBytes(file).toSeq).toMap
}
