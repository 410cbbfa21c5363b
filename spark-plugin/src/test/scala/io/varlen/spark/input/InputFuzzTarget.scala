package io.varlen.spark.input

import io.varlen.spark.fuzz.{FuzzTarget, Mutator}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.parquet.example.data.simple.SimpleGroupFactory
import org.apache.parquet.hadoop.example.ExampleParquetWriter
import org.apache.parquet.hadoop.metadata.CompressionCodecName
import org.apache.parquet.schema.MessageTypeParser

import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.nio.{ByteBuffer, ByteOrder}
import java.util.zip.GZIPOutputStream
import scala.jdk.CollectionConverters._

/** Files of documents, read as one split and as two.
  *
  * @param extension
  *   of the file that is read
  */
final class InputFuzzTarget(
    format: InputFormat,
    columns: DocumentColumns,
    what: String,
    extension: String,
    right: => IndexedSeq[Array[Byte]],
    folder: Path
) extends FuzzTarget {
  private val hadoop = new Configuration()
  private val options = new InputOptions(Seq("input").asJava, format, columns, null)

  override val name: String = format.optionName + what

  override lazy val seeds: IndexedSeq[Array[Byte]] = right

  override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = format match {
    case InputFormat.PARQUET                    => InputFuzzTarget.parquetDamaged(seed, mutator)
    case InputFormat.JSONL if extension.isEmpty =>
      if (mutator.pick(0 to 2) > 0) mutator.jsonLines(seed) else mutator.bytes(seed, seeds)
    case _ => mutator.bytes(seed, seeds)
  }

  override def read(bytes: Array[Byte], told: String => Unit): Unit = {
    val path = Files.write(folder.resolve(s"input-$name$extension"), bytes)
    val file = new InputFile(0, path.toUri.toString, path.getFileName.toString, bytes.length.toLong, 0)
    if (format == InputFormat.PARQUET) ParquetTextReader.check(file, options, hadoop)
    val half = if (format.isSplittable && extension.isEmpty) bytes.length / 2L else 0L
    val splits =
      if (half == 0) Seq(new InputSplit(file, 0, Long.MaxValue))
      else Seq(new InputSplit(file, 0, half), new InputSplit(file, half, bytes.length.toLong))
    splits.foreach { split =>
      val reader = SplitReader.open(split, options, hadoop)
      try
        reader.asScala.foreach {
          case bad: BadRecord     => told(bad.reason)
          case document: Document => require(document.text != null)
          case other              => throw new IllegalStateException(s"$other is neither a document nor a bad record")
        }
      finally reader.close()
    }
  }
}

object InputFuzzTarget {
  def all(folder: Path): Seq[FuzzTarget] = {
    val text = "One line, é and 漢字.\r\nA second line.\n\nA paragraph\rbehind.\n".getBytes(UTF_8)
    val json = (0 until 6)
      .map(i => s"""{"id":"doc-$i","text":"Some \\u00e9 text \\n of $i","n":${i}e3,"more":{"a":[1,null,true]}}""")
      .mkString("\n")
      .getBytes(UTF_8)
    val ids = (0 until 4)
      .map(i => s"""{"id":$i,"ids":[1,2,${i + 3}],"mask":[0,1,1],"other":[[]]}""")
      .mkString("\n")
      .getBytes(UTF_8)
    val textColumns = DocumentColumns.text("text")
    val idColumns = DocumentColumns.tokens("ids", "mask")
    def target(
        format: InputFormat,
        columns: DocumentColumns,
        what: String,
        ext: String,
        right: => IndexedSeq[Array[Byte]]
    ) =
      new InputFuzzTarget(format, columns, what, ext, right, folder)
    Seq(
      target(InputFormat.TEXT, textColumns, "", "", IndexedSeq(text)),
      target(InputFormat.LINES, textColumns, "", "", IndexedSeq(text)),
      target(
        InputFormat.LINES,
        textColumns,
        "-gz",
        ".gz",
        IndexedSeq(zipped(text), zipped(Array.fill(50000)('a'.toByte)))
      ),
      target(InputFormat.PARAGRAPHS, textColumns, "", "", IndexedSeq(text)),
      target(InputFormat.JSONL, textColumns, "", "", IndexedSeq(json)),
      target(InputFormat.JSONL, idColumns, "-ids", "", IndexedSeq(ids)),
      target(InputFormat.PARQUET, textColumns, "", "", parquetTexts(folder)),
      target(InputFormat.PARQUET, idColumns, "-ids", "", parquetIds(folder))
    )
  }

  /** Most of what can be wrong is in the footer, which is Thrift, and in its length. */
  def parquetDamaged(seed: Array[Byte], mutator: Mutator): Array[Byte] = {
    val length = ByteBuffer.wrap(seed).order(ByteOrder.LITTLE_ENDIAN).getInt(seed.length - 8)
    val footer = seed.length - 8 - length
    mutator.pick(0 to 5) match {
      case 0     => mutator.bytes(seed, Nil)
      case 1     => mutator.within(seed, seed.length - 8, seed.length)
      case 2 | 3 => withLength(mutator.within(seed, footer, seed.length - 8), footer)
      case _     => mutator.within(seed, 4, footer)
    }
  }

  /** The length of the footer put right where damage changed it. */
  private def withLength(file: Array[Byte], footer: Int): Array[Byte] =
    file.dropRight(8) ++ ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(file.length - 8 - footer).array ++
      file.takeRight(4)

  private def zipped(bytes: Array[Byte]): Array[Byte] = {
    val out = new ByteArrayOutputStream
    val zip = new GZIPOutputStream(out)
    zip.write(bytes)
    zip.close()
    out.toByteArray
  }

  private def parquetTexts(folder: Path): IndexedSeq[Array[Byte]] =
    for (
      codec <- IndexedSeq(
        CompressionCodecName.UNCOMPRESSED,
        CompressionCodecName.SNAPPY,
        CompressionCodecName.GZIP,
        CompressionCodecName.ZSTD
      ); dictionary <- Seq(true, false)
    )
      yield parquet(
        folder,
        "message m { required binary id (STRING); optional binary text (STRING); }",
        codec,
        dictionary,
        40
      ) { (row, i) =>
        row.append("id", s"doc-$i")
        row.append("text", if (dictionary) s"text ${i % 3}" else s"some text of document $i")
      }

  private def parquetIds(folder: Path): IndexedSeq[Array[Byte]] =
    for (codec <- IndexedSeq(CompressionCodecName.UNCOMPRESSED, CompressionCodecName.ZSTD))
      yield parquet(
        folder,
        """message m { required int64 id; optional group ids (LIST) { repeated group list { optional int32 element; } }
          optional group mask (LIST) { repeated group list { optional int32 element; } } }""",
        codec,
        dictionary = true,
        20
      ) { (row, i) =>
        row.append("id", i.toLong)
        for (column <- Seq("ids", "mask")) {
          val list = row.addGroup(column)
          (0 to i % 5).foreach(n => list.addGroup("list").append("element", if (column == "ids") n * 100 else n % 2))
        }
      }

  private def parquet(folder: Path, schema: String, codec: CompressionCodecName, dictionary: Boolean, rows: Int)(
      fill: (org.apache.parquet.example.data.Group, Int) => Unit
  ): Array[Byte] = {
    val path = folder.resolve("seed.parquet")
    Files.deleteIfExists(path)
    Files.deleteIfExists(folder.resolve(".seed.parquet.crc"))
    val message = MessageTypeParser.parseMessageType(schema)
    val writer = ExampleParquetWriter
      .builder(new HadoopPath(path.toUri))
      .withType(message)
      .withCompressionCodec(codec)
      .withDictionaryEncoding(dictionary)
      .build()
    val groups = new SimpleGroupFactory(message)
    (0 until rows).foreach { i =>
      val row = groups.newGroup()
      fill(row, i)
      writer.write(row)
    }
    writer.close()
    Files.readAllBytes(path)
  }
}
