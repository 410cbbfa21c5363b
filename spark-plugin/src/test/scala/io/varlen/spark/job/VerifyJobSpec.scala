package io.varlen.spark.job

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.{ArrayNode, ObjectNode}
import io.varlen.InvalidInputException
import io.varlen.packing.{PackingRules, SpecialTokensPolicy}
import io.varlen.spark.{Folders, LocalSpark}
import io.varlen.spark.dataset.DerivedColumn
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.tokenizer.TokenizerSources
import java.nio.file.{Files, Path, StandardCopyOption}
import java.util.{List => JList, Set => JSet}
import org.apache.spark.sql.{DataFrame, Row}
import org.apache.spark.sql.types.StructType
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Edits rows, files and manifest of a packed dataset, and looks whether verify says where. */
class VerifyJobSpec extends AnyFunSpec {
  import VerifyJobSpec._

  it("finds nothing in a sound dataset, and counts it") {
    val dataset = new EditedDataset
    assert(dataset.parts.size == 3)
    val report = dataset.verify()
    assert(report.damaged == 0 && report.findings.isEmpty, report.findings)
    val figures = report.job.figures
    val packed = dataset.manifest.get("figures")
    for (name <- List("rows", "packed_tokens", "padding_tokens", "digest", "seq_len")) {
      assert(figures.get(name).toString == packed.get(name).asText, name)
    }
    assert(figures.get("parts") == 3 && figures.get("damaged") == 0L)
    assert(figures.get("packed_documents") == 61L)
  }

  it("does not mind how Parquet writes the same rows") {
    val dataset = new EditedDataset
    assert(dataset.edit(dataset.parts.head)(identity).verify().damaged == 0)
  }

  it("refuses what is not a packed dataset") {
    for (folder <- List("/no/such/folder", Folders.create("nothing").toString)) {
      val job = new VerifyJob(LocalSpark.session, new VerifyOptions(folder), JobProgress.NONE)
      val message = intercept[InvalidInputException](job.run()).getMessage
      assert(message.contains(folder) && !message.contains("\n"))
    }
  }

  describe("in a row, finds the id and the column of") {
    def firstSegment(field: Int)(change: Any => Any)(segments: Any): Any = {
      val first = structs(segments).head
      Row.fromSeq(first.toSeq.updated(field, change(first.get(field)))) +: structs(segments).tail
    }
    case class Edit(what: String, column: String, problem: String, change: Any => Any, blamed: Option[String] = None)
    val edits = List(
      Edit("a null in input_ids", "input_ids", "null", ids => seq(ids).map(Int.box).updated(3, null)),
      Edit("too few input_ids", "input_ids", "127", ids => seq(ids).init),
      Edit("a negative id", "input_ids", "-5", ids => seq(ids).updated(0, -5)),
      Edit("no input_ids", "input_ids", "null", _ => null),
      Edit("n_tokens beyond the row", "n_tokens", "129", _ => 129),
      Edit("n_tokens 0", "n_tokens", "0", _ => 0),
      Edit("no n_tokens", "n_tokens", "null", _ => null),
      Edit("a boundary that goes back", "cu_seqlens", "increase", c => seq(c).updated(1, 0)),
      Edit("boundaries that end elsewhere", "cu_seqlens", "n_tokens", c => seq(c).init :+ 500),
      Edit("boundaries that begin elsewhere", "cu_seqlens", "must start with 0", c => 1 +: seq(c).tail),
      Edit("no boundaries", "cu_seqlens", "null", _ => null),
      Edit("a segment missing", "segments", "entries", s => structs(s).init),
      Edit("no segments", "segments", "null", _ => null),
      Edit("a segment that is null", "segments", "null", s => structs(s).updated(0, null)),
      Edit("no doc_id", "segments", "doc_id", firstSegment(0)(_ => null)),
      Edit("another doc_id", "segments", "a segment", firstSegment(0)(_ => "someone else"), Some("checksum")),
      Edit("a source that is none", "segments", "source 2", firstSegment(1)(_ => 2)),
      Edit("a negative chunk", "segments", "negative", firstSegment(2)(_ => -1)),
      Edit("a wrong token_start", "segments", "token_start 64", firstSegment(3)(_ => 64L)),
      Edit("a wrong token_count", "segments", "token_count", firstSegment(4)(n => n.asInstanceOf[Int] + 1)),
      Edit("a changed checksum", "checksum", "contents", c => c.asInstanceOf[Long] + 1),
      Edit("no checksum", "checksum", "null", _ => null),
      Edit("a wrong position", "position_ids", "position 1,", p => seq(p).updated(1, 7)),
      Edit("a wrong segment id", "segment_ids", "position 0,", p => seq(p).updated(0, 3)),
      Edit("a wrong attention mask", "attention_mask", "position 0,", p => seq(p).updated(0, 0)),
      Edit("a wrong label", "labels", "position 0,", p => seq(p).updated(0, 42)),
      Edit("missing labels", "labels", "null", _ => null)
    )

    // each edit goes to a row of its own, and all of them are verified at once
    lazy val (damagedRows, report) = {
      val dataset = new EditedDataset
      val places = dataset.parts.flatMap(part => dataset.rowIds(part).map(part -> _)).take(edits.size)
      val byRow = places.map(_._2).zip(edits).toMap
      for (part <- places.map(_._1).distinct) {
        dataset.editRows(part) { (schema, row) =>
          byRow.get(row.getAs[Long]("row_id")).fold(row) { edit =>
            val at = schema.fieldIndex(edit.column)
            Row.fromSeq(row.toSeq.updated(at, edit.change(row.get(at))))
          }
        }
      }
      (byRow.map(_.swap), dataset.verify(listed = 1000))
    }
    for (edit <- edits)
      it(edit.what) {
        assertFinds(report, damagedRows(edit), edit.blamed.getOrElse(edit.column), edit.problem)
      }

    it("no row that is whole") {
      val blamed = report.findings.asScala.filter(_.index != null).map(_.rowId.longValue).toSet
      assert(damagedRows.size == edits.size && blamed.subsetOf(damagedRows.values.toSet))
    }

    it("one token changed") {
      val seed = new Random().nextInt()
      val random = new Random(seed)
      val dataset = new EditedDataset
      val part = dataset.parts(random.nextInt(3))
      val rows = dataset.rows(part).select("row_id", "n_tokens").collect()
      val row = rows(random.nextInt(rows.length))
      val at = random.nextInt(row.getInt(1))
      val report =
        dataset.set(part, row.getLong(0), "input_ids")(ids => seq(ids).updated(at, seq(ids)(at) ^ 1)).verify()
      withClue(s"seed $seed: ") {
        assertFinds(report, row.getLong(0), "checksum", "a token id")
        assert(report.findings.asScala.exists(f => f.part == null && f.problem.contains("digest")))
      }
    }

    it("a token in the padding") {
      val dataset = new EditedDataset
      val part = dataset.parts.find(p => dataset.rows(p).where("n_tokens < 128").count() > 0).get
      val row = dataset.rows(part).where("n_tokens < 128").head()
      val at = row.getAs[Int]("n_tokens")
      val rowId = row.getAs[Long]("row_id")
      val report = dataset.set(part, rowId, "input_ids")(ids => seq(ids).updated(at, 99)).verify()
      assertFinds(report, rowId, "input_ids", s"position $at")
    }

    it("a changed source, which no hash covers") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      val rowId = dataset.firstRowId(part)
      val other = (segments: Any) => firstSegment(1)(source => 1 - source.asInstanceOf[Int])(segments)
      val report = dataset.set(part, rowId, "segments")(other).verify()
      assert(report.findings.asScala.exists(_.problem.contains("packed tokens of source 0")), report.findings)
    }

    it("two damaged columns, both of them") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      val rowId = dataset.firstRowId(part)
      dataset.set(part, rowId, "labels")(p => seq(p).updated(0, 42)).set(part, rowId, "checksum")(_ => 5L)
      val report = dataset.verify()
      assertFinds(report, rowId, "labels", "42")
      assertFinds(report, rowId, "checksum", "is 5")
    }
  }

  describe("across rows, finds") {
    it("a dropped row") {
      val dataset = new EditedDataset
      val part = dataset.parts(2)
      val rowId = dataset.firstRowId(part)
      val findings = dataset.edit(part)(_.where(s"row_id <> $rowId")).verify().findings.asScala
      assert(findings.exists(f => f.part == part && f.problem.startsWith("rows")))
      assert(findings.exists(f => f.part == null && f.problem.startsWith("rows: the manifest says")))
      assert(findings.exists(_.problem.startsWith("digest")))
    }

    it("a row that is there twice") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      val rowId = dataset.firstRowId(part)
      val report = dataset.edit(part)(rows => rows.union(rows.where(s"row_id = $rowId"))).verify()
      assertFinds(report, rowId, "row_id", s"already that of row $rowId")
      assertFinds(report, rowId, "segments", "repeats chunk")
    }

    it("a row_id given to two rows of different parts") {
      val dataset = new EditedDataset
      val taken = dataset.firstRowId(dataset.parts.head)
      val part = dataset.parts(1)
      val report = dataset.set(part, dataset.firstRowId(part), "row_id")(_ => taken).verify()
      assertFinds(report, taken, "row_id", "already that of row")
    }

    it("a chunk that is missing in the middle of a document") {
      val dataset = new EditedDataset
      val (part, rowId) = dataset.rowOf(longDocument, chunk = 2)
      val (_, next) = dataset.rowOf(longDocument, chunk = 3)
      val report = dataset.edit(part)(_.where(s"row_id <> $rowId")).verify()
      assertFinds(report, next, "segments", s"document $longDocument has a gap before chunk 3; chunk 2 is in no row")
    }

    it("a document without its beginning") {
      val dataset = new EditedDataset
      val (part, rowId) = dataset.rowOf(longDocument, chunk = 0)
      val (_, next) = dataset.rowOf(longDocument, chunk = 1)
      val report = dataset.edit(part)(_.where(s"row_id <> $rowId")).verify()
      assertFinds(report, next, "segments", s"document $longDocument begins with chunk 1; chunk 0 is in no row")
    }
  }

  describe("among the files, finds") {
    it("a part that was deleted") {
      val dataset = new EditedDataset
      Files.delete(dataset.path.resolve(dataset.parts(1)))
      val findings = dataset.verify().findings.asScala
      assert(findings.exists(f => f.part == dataset.parts(1) && f.problem.contains("missing")))
    }

    it("every part deleted") {
      val dataset = new EditedDataset
      dataset.parts.foreach(part => Files.delete(dataset.path.resolve(part)))
      assert(dataset.verify().findings.asScala.count(_.problem.contains("missing")) == 3)
    }

    it("a part that the manifest does not list") {
      val dataset = new EditedDataset
      val stray = "part-00000000-00009.parquet"
      Files.copy(dataset.path.resolve(dataset.parts.head), dataset.path.resolve(stray))
      assertFindsOnly(dataset.verify(), stray, "does not list it")
    }

    it("a part that was cut off, without failing") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      dataset.editBytes(part)(bytes => bytes.take(bytes.length / 2))
      assert(dataset.verify().findings.asScala.count(_.part == part) >= 2)
    }

    it("a part with bytes changed within, without failing") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      dataset.editBytes(part)(bytes =>
        bytes.zipWithIndex.map { case (b, i) => if (i / 60 == 2) (b ^ 0x55).toByte else b }
      )
      assert(dataset.verify().damaged > 0)
    }

    it("a list of empty documents that is not whole") {
      val dataset = new EditedDataset
      val list =
        Files.list(dataset.path.resolve("_varlen/empty")).iterator.asScala.find(_.toString.endsWith(".jsonl")).get
      Files.delete(list)
      assertFindsOnly(dataset.verify(), "_varlen/empty", "empty documents: the manifest says 1, but there are 0")
    }

    it("bad records listed that the manifest does not count") {
      val dataset = new EditedDataset
      val folder = Files.createDirectories(dataset.path.resolve("_varlen/quarantine"))
      val ours = dataset.parts.head.replace(".parquet", ".jsonl")
      Files.writeString(folder.resolve(ours), "{}\n{}\n")
      assertFindsOnly(dataset.verify(), "_varlen/quarantine", "the manifest says 0, but there are 2")
    }

    it("a part with a column missing") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      val findings = dataset.edit(part)(_.drop("cu_seqlens")).verify().findings.asScala
      assert(findings.exists(f => f.part == part && f.toString.contains("cu_seqlens")), findings)
    }

    it("a part with a column of another type") {
      val dataset = new EditedDataset
      val part = dataset.parts.head
      val text = (rows: DataFrame) => rows.withColumn("n_tokens", rows.col("n_tokens").cast("string"))
      val findings = dataset.edit(part)(text).verify().findings.asScala
      assert(findings.exists(f => f.part == part && f.toString.contains("n_tokens")), findings)
    }
  }

  describe("in the manifest, finds") {
    def edited(what: String, problem: String)(edit: ObjectNode => Unit): Unit =
      it(what) {
        assertFindsOnly(new EditedDataset().editManifest(edit).verify(), null, problem)
      }
    def packing(tree: ObjectNode) = tree.get("packing").asInstanceOf[ObjectNode]

    edited("another digest", "digest")(tree => packing(tree).put("digest", "0" * 64))
    edited("another number of rows", "rows")(tree => packing(tree).put("rows", 1))
    edited("another figure", "figure packed_tokens") { tree =>
      tree.get("figures").asInstanceOf[ObjectNode].put("packed_tokens", 1)
    }
    edited("another histogram", "length histogram") { tree =>
      val counts = packing(tree).get("lengths").get("counts").asInstanceOf[ArrayNode]
      counts.set(0, counts.get(0).asLong + 1)
    }

    edited("other lengths of documents", "histogram of documents") { tree =>
      val lengths = packing(tree).get("documents").get("lengths").asInstanceOf[ArrayNode]
      lengths.set(0, lengths.get(0).asInt + 1000)
    }

    it("another size of a part") {
      val dataset = new EditedDataset
      dataset.editManifest(_.get("parts").get(0).asInstanceOf[ObjectNode].put("bytes", 5))
      val part = dataset.manifest.get("parts").get(0).get("file").asText
      assertFindsOnly(dataset.verify(), part, "bytes: the manifest says 5")
    }

    it("a part that is not there") {
      val dataset = new EditedDataset
      dataset.editManifest { tree =>
        val parts = tree.get("parts").asInstanceOf[ArrayNode]
        parts.addObject().put("file", "part-x.parquet").put("rows", 3).put("bytes", 3)
      }
      assertFindsOnly(dataset.verify(), "part-x.parquet", "missing; the manifest lists it with 3 rows")
    }

    it("nothing at all that it could read, and refuses it") {
      val dataset = new EditedDataset
      Files.writeString(dataset.manifestPath, "{\"format\":1")
      assert(intercept[InvalidInputException](dataset.verify()).getMessage.contains("manifest"))
    }
  }

  it("lists the first findings, rows before files before totals, and counts all") {
    val dataset = new EditedDataset
    for (part <- dataset.parts) {
      dataset.edit(part)(rows => rows.withColumn("checksum", rows.col("checksum") + 1))
    }
    val rows = dataset.manifest.get("packing").get("rows").asLong
    val report = dataset.verify(listed = 4)
    assert(rows > 4 && report.damaged == rows)
    assert(report.findings.asScala.forall(_.column == "checksum"))
    val places = report.findings.asScala.map(f => (f.part, f.index.longValue))
    assert(places == (0 to 3).map(i => (dataset.parts.head, i.toLong)))
    assert(dataset.verify(listed = 0).findings.isEmpty)
    val line = report.findings.get(0).toString
    assert(line.startsWith("row ") && line.contains(dataset.parts.head) && line.contains("checksum is "))
  }

  private def assertFinds(report: VerifyReport, rowId: Long, column: String, problem: String): Unit = {
    val found = report.findings.asScala.exists { f =>
      f.rowId == rowId && f.column == column && f.problem.contains(problem)
    }
    assert(found, report.findings.asScala.mkString("\n"))
  }

  private def assertFindsOnly(report: VerifyReport, part: String, problem: String): Unit = {
    assert(report.damaged == 1 && report.findings.size == 1, report.findings)
    assert(report.findings.get(0).part == part && report.findings.get(0).problem.contains(problem), report.findings)
  }
}

object VerifyJobSpec {
  val longDocument = "two/long.txt"

  /** Where the documents are, by their ids. */
  lazy val sources: Path = Folders.create("verify")

  private val json = new ObjectMapper

  /** 62 documents from two inputs, one of them empty and one of many chunks, in three parts with all derived columns.
    */
  private lazy val original: Path = {
    val folder = sources
    val random = new Random(11)
    def text(words: Int) = Seq.fill(words)(random.alphanumeric.take(1 + random.nextInt(7)).mkString).mkString(" ")
    def write(name: String, text: String) = {
      Files.createDirectories(folder.resolve(name).getParent)
      Files.writeString(folder.resolve(name), text)
    }
    for (i <- 0 until 60) write((if (i % 3 == 0) "one" else "two") + f"/doc-$i%02d.txt", text(1 + random.nextInt(40)))
    write("two/long.txt", text(600))
    write("two/empty.txt", "")
    val options = new PackOptions(
      new InputOptions(JList.of(folder.resolve("one").toString, folder.resolve("two").toString), InputFormat.TEXT),
      TokenizerSources.resolve("tiktoken:cl100k_base"),
      PackingRules.ofLength(128),
      folder.resolve("packed").toString,
      SpecialTokensPolicy.DOCUMENT,
      null,
      5,
      0,
      JSet.of(DerivedColumn.values(): _*),
      BadRecordPolicy.FAIL,
      false,
      false
    )
    new PackJob(LocalSpark.session, options, JobProgress.NONE, TokenizerProvider.ENGINE, (_, _) => 3).run()
    folder.resolve("packed")
  }

  def seq(value: Any): Seq[Int] = value.asInstanceOf[scala.collection.Seq[Int]].toSeq

  def structs(value: Any): Seq[Row] = value.asInstanceOf[scala.collection.Seq[Row]].toSeq

  /** A copy of the dataset to be damaged. */
  class EditedDataset {
    private val spark = LocalSpark.session
    val path: Path = copy(original)
    val manifestPath: Path = path.resolve("_varlen/manifest.json")

    def manifest: ObjectNode = json.readTree(manifestPath.toFile).asInstanceOf[ObjectNode]
    def parts: List[String] = manifest.get("parts").asScala.map(_.get("file").asText).toList.sorted
    def rows(part: String): DataFrame = spark.read.parquet(path.resolve(part).toString)
    def rowIds(part: String): List[Long] = rows(part).select("row_id").collect().map(_.getLong(0)).toList
    def firstRowId(part: String): Long = rowIds(part).min

    /** The part and the id of the row that holds a chunk. */
    def rowOf(docId: String, chunk: Int): (String, Long) = {
      val holds = s"exists(segments, s -> s.doc_id = '$docId' and s.chunk = $chunk)"
      val found = parts.flatMap(part => rows(part).where(holds).collect().map(row => part -> row.getAs[Long]("row_id")))
      found.ensuring(_.size == 1).head
    }

    def editManifest(edit: ObjectNode => Any): EditedDataset = {
      val tree = manifest
      edit(tree)
      json.writeValue(manifestPath.toFile, tree)
      forgetCrc(manifestPath)
      this
    }

    def editBytes(part: String)(change: Array[Byte] => Array[Byte]): Unit = {
      val file = path.resolve(part)
      Files.write(file, change(Files.readAllBytes(file)))
      forgetCrc(file)
    }

    /** Puts other rows into a part, and its new size into the manifest. */
    def edit(part: String)(change: DataFrame => DataFrame): EditedDataset = {
      val written = Folders.create("edited")
      change(rows(part)).coalesce(1).write.mode("overwrite").parquet(written.toString)
      val file = written.toFile.listFiles().find(_.getName.endsWith(".parquet")).get.toPath
      Files.move(file, path.resolve(part), StandardCopyOption.REPLACE_EXISTING)
      forgetCrc(path.resolve(part))
      editManifest { tree =>
        val entry = tree.get("parts").asScala.find(_.get("file").asText == part).get.asInstanceOf[ObjectNode]
        entry.put("bytes", Files.size(path.resolve(part)))
      }
    }

    def editRows(part: String)(change: (StructType, Row) => Row): EditedDataset = edit(part) { rows =>
      val nullable = StructType.fromDDL(rows.schema.toDDL.replace(" NOT NULL", ""))
      spark.createDataFrame(rows.collect().map(change(nullable, _)).toList.asJava, nullable)
    }

    /** Edits one column of one row. */
    def set(part: String, rowId: Long, column: String)(change: Any => Any): EditedDataset =
      editRows(part) { (schema, row) =>
        val at = schema.fieldIndex(column)
        if (row.getAs[Long]("row_id") == rowId) Row.fromSeq(row.toSeq.updated(at, change(row.get(at)))) else row
      }

    def verify(listed: Int = 20): VerifyReport =
      new VerifyJob(spark, new VerifyOptions(path.toString, listed), JobProgress.NONE).run()

    private def forgetCrc(file: Path): Unit = Files.deleteIfExists(file.resolveSibling(s".${file.getFileName}.crc"))
  }

  private def copy(from: Path): Path = {
    val to = Folders.create("copy")
    val walk = Files.walk(from)
    try
      walk.iterator().asScala.foreach { file =>
        val target = to.resolve(from.relativize(file).toString)
        if (Files.isDirectory(file)) Files.createDirectories(target) else Files.copy(file, target)
      }
    finally walk.close()
    to
  }
}
