package io.varlen.spark.job

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.varlen.InvalidInputException
import io.varlen.packing.PackedRow
import io.varlen.spark.`export`.ExportFormat
import io.varlen.spark.input.{DocumentColumns, InputFormat}
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.nio.{ByteBuffer, ByteOrder}
import java.util.zip.GZIPInputStream
import org.apache.spark.sql.Row
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Each format, read back by nothing but its definition. */
class ExportFormatsSpec extends AnyFunSpec {
  import ExportFormatsSpec._

  /** Runs the body on random datasets with and without a loss mask, saying the seed where it fails. */
  private def onRandomDatasets(idLimit: Int = 50000, lineBreaks: Boolean = true)(check: ExportedDataset => Unit): Unit =
    for (masked <- Seq(false, true)) {
      val seed = System.nanoTime()
      withClue(s"seed $seed, ${if (masked) "with" else "without"} a loss mask: ") {
        val random = new Random(seed)
        val seqLen = 1 + random.nextInt(40)
        check(ExportedDataset.random(random, masked, seqLen, idLimit = idLimit, lineBreaks = lineBreaks))
      }
    }

  private def files(folder: Path, ending: String) = ExportedDataset.files(folder).filter(_.toString.endsWith(ending))

  private def requireFigures(packed: ExportedDataset, out: Path, report: JobReport): Unit = {
    val figures = report.figures.asScala.map { case (name, value) => name -> value.toString }
    assert(figures("rows") == packed.rows.size.toString)
    assert(figures("segments") == packed.rows.map(_.segments.size).sum.toString)
    assert(figures("tokens") == packed.rows.map(_.nTokens).sum.toString)
    assert(figures("files") == ExportedDataset.files(out).size.toString)
    assert(figures("bytes") == ExportedDataset.files(out).map(Files.size(_)).sum.toString)
  }

  describe("trl") {
    it("has real tokens, labels and lengths") {
      onRandomDatasets(Int.MaxValue) { packed =>
        val (out, report) = packed.exported(ExportFormat.TRL)
        requireFigures(packed, out, report)
        for ((file, rows) <- files(out, ".parquet").zip(packed.parts)) {
          val read = parquet(file)
          assert(read.head.schema.fieldNames.toSeq == Seq("input_ids", "labels", "seq_lengths"))
          assert(
            read.map(row => (row.getSeq[Int](0), row.getSeq[Int](1), row.getSeq[Long](2))) == rows.map { row =>
              val labels = segments(row).flatMap { case (ids, mask) =>
                ids.zip(mask).zipWithIndex.map { case ((id, learned), i) =>
                  if (i == 0 || learned == 0) -100 else id
                }
              }
              (tokens(row), labels, segments(row).map(_._1.size.toLong))
            }
          )
        }
        assert(files(out, ".parquet").size == packed.parts.size)
      }
    }
  }

  describe("mds") {

    /** A shard, read as MosaicML's documentation has it. */
    def shard(file: Path): (JsonNode, Seq[Map[String, Seq[Int]]]) = {
      val bytes = buffer(file)
      val count = bytes.getInt()
      val offsets = (0 to count).map(_ => bytes.getInt())
      assert(offsets.last == bytes.capacity)
      val config = new Array[Byte](offsets.head - bytes.position())
      bytes.get(config)
      val columns = Json.readTree(new String(config, UTF_8))
      val names = columns.get("column_names").elements.asScala.map(_.asText).toList
      val encodings = columns.get("column_encodings").elements.asScala.map(_.asText).toList
      columns -> offsets
        .sliding(2)
        .map { ends =>
          bytes.position(ends(0))
          val sizes = names.map(_ => bytes.getInt())
          val values = names
            .zip(encodings)
            .zip(sizes)
            .map { case ((name, encoding), size) =>
              val end = bytes.position() + size
              val head = bytes.get()
              assert(head >> 2 == 1) // one dimension
              val length = (head & 3) match {
                case 0 => bytes.get() & 0xff
                case 1 => bytes.getShort() & 0xffff
                case _ => bytes.getInt()
              }
              val read = Array.fill(length)(if (encoding.endsWith("uint8")) bytes.get().toInt else bytes.getInt()).toSeq
              assert(bytes.position() == end)
              name -> read
            }
            .toMap
          assert(bytes.position() == ends(1))
          values
        }
        .toList
    }

    def check(packed: ExportedDataset): Path = {
      val (out, report) = packed.exported(ExportFormat.MDS)
      requireFigures(packed, out, report)
      val index = Json.readTree(Files.readString(out.resolve("index.json")))
      assert(index.get("version").asInt == 2)
      val shards = index.get("shards").elements.asScala.toSeq
      assert(shards.size == files(out, ".mds").size)
      val read = shards.flatMap { entry =>
        val file = out.resolve(entry.get("raw_data").get("basename").asText)
        assert(Files.size(file) == entry.get("raw_data").get("bytes").asLong)
        assert(Files.size(file) <= (1 << 26))
        val (config, samples) = shard(file)
        assert(samples.size == entry.get("samples").asInt)
        config.fieldNames.asScala.foreach(name => assert(config.get(name) == entry.get(name), name))
        assert(entry.get("zip_data").isNull && entry.get("compression").isNull)
        samples
      }
      val expected = packed.rows.map { row =>
        val ids = segments(row).zipWithIndex.flatMap { case ((ids, _), i) => ids.map(_ => i) }
        Map("tokens" -> row.inputIds.toSeq, "sequence_id" -> ids.padTo(row.inputIds.length, -1)) ++
          Option(row.lossMask).map(mask => "loss_mask" -> mask.toSeq.map(_.toInt))
      }
      assert(read.size == expected.size)
      // not one assertion, whose message would be all of the dataset
      assert(read.zip(expected).forall { case (a, b) => a == b })
      out
    }

    it("has shards of padded tokens and sequence ids under one index") {
      onRandomDatasets(Int.MaxValue)(packed => check(packed))
    }

    for (seqLen <- Seq(255, 256, 65535, 65536))
      it(s"has rows of $seqLen tokens") {
        check(ExportedDataset.random(new Random(seqLen), masked = true, seqLen, documents = 3))
      }

    it("begins another shard where 64 MiB would be exceeded") {
      val seqLen = 1 << 20
      val packed = ExportedDataset.random(new Random(7), masked = false, seqLen, documents = 20, groups = 1)
      assert(packed.rows.size > 8)
      val out = check(packed)
      assert(files(out, ".mds").map(_.getFileName.toString) == Seq("shard.00000.mds", "shard.00001.mds"))
    }
  }

  describe("megatron") {

    /** The type's code, the sequences, and the documents as how many sequences each has. */
    def indexed(bin: Path, idx: Path): (Int, Seq[Seq[Int]], Seq[Int]) = {
      val index = buffer(idx)
      val magic = new Array[Byte](9)
      index.get(magic)
      assert(new String(magic, UTF_8) == "MMIDIDX\u0000\u0000" && index.getLong() == 1)
      val code = index.get().toInt
      val width = Map(4 -> 4, 8 -> 2)(code)
      val (sequences, documents) = (index.getLong().toInt, index.getLong().toInt)
      val lengths = Seq.fill(sequences)(index.getInt())
      val pointers = Seq.fill(sequences)(index.getLong())
      val ends = Seq.fill(documents)(index.getLong().toInt)
      assert(!index.hasRemaining && ends.head == 0 && ends.last == sequences)
      assert(pointers == lengths.scanLeft(0L)(_ + _ * width.toLong).init)
      assert(Files.size(bin) == lengths.map(_ * width.toLong).sum)
      val data = buffer(bin)
      val read = lengths.map(length => Seq.fill(length)(token(data, width)))
      (code, read, ends.zip(ends.tail).map { case (from, to) => to - from })
    }

    def check(packed: ExportedDataset): Set[Int] = {
      val (out, report) = packed.exported(ExportFormat.MEGATRON)
      requireFigures(packed, out, report)
      val pairs = files(out, ".bin").zip(files(out, ".idx"))
      assert(pairs.size == packed.parts.size)
      pairs
        .zip(packed.parts)
        .map { case ((bin, idx), rows) =>
          val (code, sequences, documents) = indexed(bin, idx)
          assert(sequences == rows.flatMap(segments(_).map(_._1)) && documents == rows.map(_.segments.size))
          code
        }
        .toSet
    }

    it("has a document per row and a sequence per segment") {
      onRandomDatasets()(packed => assert(check(packed) == Set(8)))
    }

    it("has the same width in all files, by the largest id") {
      for ((largest, code) <- Seq(65498 -> 8, 65499 -> 4, 65535 -> 4, 65536 -> 4, (Int.MaxValue - 1) -> 4)) {
        val lines = Seq(largest, 0, 1, 2, 3).zipWithIndex.map { case (id, i) => s"""{"id": "$i", "ids": [$id]}\n""" }
        val in = TestFiles.write(Folders.create("in").resolve("in.jsonl"), lines.mkString)
        val packed = ExportedDataset.pack(in, DocumentColumns.tokens("ids", null), InputFormat.JSONL, 1, 2)
        assert(packed.parts.forall(_.nonEmpty) && packed.parts.size == 2)
        assert(check(packed) == Set(code), largest)
      }
    }

    it("goes by the vocabulary where the tokenizer made the ids") {
      val in = TestFiles.write(Folders.create("in").resolve("in.txt"), "a bb ccc\ndddd a\n")
      val packed = ExportedDataset.pack(in, DocumentColumns.text("text"), InputFormat.LINES, 8, 1)
      assert(check(packed) == Set(8))
    }
  }

  describe("jsonl") {
    it("has an object per row") {
      onRandomDatasets(Int.MaxValue) { packed =>
        val (out, report) = packed.exported(ExportFormat.JSONL)
        requireFigures(packed, out, report)
        val lines = files(out, ".jsonl").flatMap(file => Files.readAllLines(file).asScala.map(Json.readTree))
        def ints(node: JsonNode) = node.elements.asScala.map(_.intValue).toSeq
        assert(lines.size == packed.rows.size)
        for ((line, row) <- lines.zip(packed.rows)) {
          assert(line.get("row_id").longValue == row.rowId && ints(line.get("input_ids")) == tokens(row))
          assert(ints(line.get("cu_seqlens")) == row.cuSeqlens.toArray.toSeq)
          assert(line.has("loss_mask") == (row.lossMask != null))
          if (row.lossMask != null) assert(ints(line.get("loss_mask")) == segments(row).flatMap(_._2))
          assert(
            line
              .get("segments")
              .elements
              .asScala
              .map { s =>
                val places = Seq("source", "chunk", "token_start", "token_count").map(s.get(_).longValue)
                (s.get("doc_id").asText, places)
              }
              .toSeq == row.segments.asScala.map { s =>
              (s.docId, Seq(s.source.toLong, s.chunk.toLong, s.tokenStart, s.tokenCount.toLong))
            }
          )
        }
      }
    }
  }

  describe("megatron-bridge") {
    it("has segments from which inputs, labels and their mask are cut, and the metadata of the packing") {
      onRandomDatasets(Int.MaxValue) { packed =>
        val (out, report) = packed.exported(ExportFormat.MEGATRON_BRIDGE)
        requireFigures(packed, out, report)
        val parts = files(out, ".idx.parquet")
        assert(parts.size == packed.parts.size)
        for ((file, rows) <- parts.zip(packed.parts)) {
          val read = parquet(file)
          assert(read.head.schema.fieldNames.toSeq == Seq("input_ids", "seq_start_id", "loss_mask"))
          // as Bridge's collate_fn cuts a row
          val cut = read.map { row =>
            val (ids, starts, mask) = (row.getSeq[Int](0), row.getSeq[Int](1), row.getSeq[Byte](2))
            assert(mask.size == ids.size && starts.head == 0)
            val bounds = starts :+ ids.size
            bounds.zip(bounds.tail).map { case (from, to) =>
              assert(mask(to - 1) == 0)
              (ids.slice(from, to - 1), ids.slice(from + 1, to), mask.slice(from, to - 1).map(_.toInt))
            }
          }
          assert(cut == rows.map(segments(_).map { case (ids, mask) => (ids.init, ids.tail, mask.tail) }))
        }
        val lengths = packed.rows.map(segments(_).map(_._1.size - 1))
        val metadata = Json.readTree(Files.readString(out.resolve("packed_metadata.json"))).get(0)
        assert(metadata.get("dataset_max_seqlen").asInt == lengths.flatten.max)
        assert(metadata.get("max_samples_per_bin").asInt == lengths.map(_.size).max)
        assert(metadata.get("min_packed_seqlen").asInt == lengths.map(_.sum).min)
        assert(metadata.get("pack_size").asInt == packed.seqLen)
        assert(math.abs(metadata.get("packing_factor").asDouble - lengths.flatten.size.toDouble / lengths.size) < 0.006)
        val efficiency = 100.0 * lengths.flatten.sum / lengths.size / packed.seqLen
        assert(math.abs(metadata.get("packing_efficiency").asDouble - efficiency) < 0.006)
      }
    }
  }

  describe("datatrove") {
    it("has a document per segment, with its end and the loss mask") {
      onRandomDatasets() { packed =>
        val (out, report) = packed.exported(ExportFormat.DATATROVE)
        requireFigures(packed, out, report)
        val parts = files(out, ".ds")
        assert(parts.size == packed.parts.size)
        for ((file, rows) <- parts.zip(packed.parts)) {
          val expected = rows.flatMap(segments)
          val index = buffer(Path.of(s"$file.index"))
          val ends = Seq.fill(index.capacity / 8)(index.getLong().toInt)
          assert(ends == expected.map(_._1.size).scanLeft(0)(_ + _).tail)
          val data = buffer(file)
          assert(Seq.fill(data.capacity / 2)(token(data, 2)) == expected.flatMap(_._1))
          val loss = Path.of(s"$file.loss")
          assert(Files.exists(loss) == (rows.head.lossMask != null))
          if (Files.exists(loss)) assert(Files.readAllBytes(loss).toSeq.map(_.toInt) == expected.flatMap(_._2))
          val lines = Files.readString(Path.of(s"$file.metadata")).split("\n")
          assert(lines.toSeq == Seq("words|2", ends.last.toString, readable(ends.last)))
        }
      }
    }

    /** Python's humanize.metric for numbers of this size. */
    def readable(tokens: Int): String =
      if (tokens < 10) s"$tokens.00 T"
      else if (tokens < 100) s"$tokens.0 T"
      else if (tokens < 1000) s"$tokens T"
      else f"${tokens / 1000.0}%.2f kT"

    it("has four bytes per token where ids need them") {
      val packed = ExportedDataset.random(new Random(3), masked = false, idLimit = Int.MaxValue)
      val (out, _) = packed.exported(ExportFormat.DATATROVE)
      for ((file, rows) <- files(out, ".ds").zip(packed.parts)) {
        val data = buffer(file)
        assert(Seq.fill(data.capacity / 4)(token(data, 4)) == rows.flatMap(tokens))
        assert(Files.readString(Path.of(s"$file.metadata")).startsWith("words|4\n"))
      }
    }
  }

  describe("dolma") {
    it("has a document per segment, and where it is from") {
      for ((idLimit, width) <- Seq(50000 -> 2, Int.MaxValue -> 4))
        onRandomDatasets(idLimit, lineBreaks = false) { packed =>
          val (out, report) = packed.exported(ExportFormat.DOLMA)
          requireFigures(packed, out, report)
          val names = packed.dataset.manifest.parts.asScala.map(_.file)
          val parts = files(out, ".npy").zip(files(out, ".csv.gz"))
          assert(parts.size == packed.parts.size)
          for ((((npy, csv), rows), name) <- parts.zip(packed.parts).zip(names)) {
            val data = buffer(npy)
            assert(Seq.fill(data.capacity / width)(token(data, width)) == rows.flatMap(tokens))
            val in = new GZIPInputStream(Files.newInputStream(csv))
            val records = csvRecords(new String(in.readAllBytes(), UTF_8))
            in.close()
            val bounds = rows.flatMap(segments(_).map(_._1.size)).scanLeft(0)(_ + _)
            val documents = rows.zipWithIndex.flatMap { case (row, i) => row.segments.asScala.map(_.docId -> (i + 1)) }
            assert(
              records == bounds.zip(bounds.tail).zip(documents).map { case ((from, to), (id, row)) =>
                Seq(from.toString, to.toString, id, name, row.toString)
              }
            )
          }
        }
    }
  }

  describe("a document id with a line break") {
    it("is refused by dolma, whose reader takes a line for a document") {
      val packed = ExportedDataset.random(new Random(6), masked = false, lineBreaks = true)
      val message = LocalSpark.quietly(intercept[InvalidInputException](packed.exported(ExportFormat.DOLMA))).getMessage
      assert(message.matches("row \\d+ holds a segment of the document \"two\\\\[nr]lines\\d+\".*"), message)
    }
  }

  describe("an id that is too large for 16 bits") {
    it("is refused, not cut off") {
      // a dataset that says it is made by a tokenizer of 103 ids, which it is not
      val packed = ExportedDataset.random(new Random(5), masked = false, idLimit = Int.MaxValue)
      val manifest = packed.folder.resolve("_varlen/manifest.json")
      val edited = Files.readString(manifest).replace("\"content\" : \"tokens\"", "\"content\" : \"text\"")
      Files.writeString(manifest, edited)
      val other = new ExportedDataset(packed.folder)
      assert(other.dataset.manifest.packing.content == "text")
      for (format <- Seq(ExportFormat.MEGATRON, ExportFormat.DATATROVE, ExportFormat.DOLMA)) {
        val message = LocalSpark.quietly(intercept[InvalidInputException](other.exported(format))).getMessage
        assert(message.matches("row \\d+ holds the id \\d+, which does not fit into 16 bits.*"), message)
      }
    }
  }
}

object ExportFormatsSpec {
  private val Json = new ObjectMapper()

  private def buffer(file: Path): ByteBuffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN)

  private def token(bytes: ByteBuffer, width: Int): Int = if (width == 2) bytes.getShort() & 0xffff else bytes.getInt()

  private def parquet(file: Path): Seq[Row] = LocalSpark.session.read.parquet(file.toString).collect().toSeq

  private def tokens(row: PackedRow): Seq[Int] = row.inputIds.toSeq.take(row.nTokens)

  /** Ids and loss mask of each segment; all is learned where there is no mask. */
  private def segments(row: PackedRow): Seq[(Seq[Int], Seq[Int])] = {
    val bounds = row.cuSeqlens.toArray.toSeq
    bounds.zip(bounds.tail).map { case (from, to) =>
      val mask = if (row.lossMask == null) Seq.fill(to - from)(1) else row.lossMask.toSeq.slice(from, to).map(_.toInt)
      row.inputIds.toSeq.slice(from, to) -> mask
    }
  }

  /** RFC 4180, character by character. */
  private def csvRecords(text: String): Seq[Seq[String]] = {
    val records = Seq.newBuilder[Seq[String]]
    val field = new StringBuilder
    var fields = Vector.empty[String]
    var quoted = false
    var i = 0
    def endField(): Unit = {
      fields :+= field.toString
      field.clear()
    }
    while (i < text.length) {
      val c = text(i)
      if (quoted && c == '"' && i + 1 < text.length && text(i + 1) == '"') {
        field += '"'
        i += 1
      } else if (c == '"') quoted = !quoted
      else if (!quoted && c == ',') endField()
      else if (!quoted && c == '\r') ()
      else if (!quoted && c == '\n') {
        endField()
        records += fields
        fields = Vector.empty
      } else field += c
      i += 1
    }
    records.result()
  }
}
