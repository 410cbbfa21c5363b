package io.varlen.spark.job

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.varlen.InvalidInputException
import io.varlen.packing.{Overflow, PackingRules, PackingStrategy, RowLimits, SpecialTokensPolicy}
import io.varlen.spark.dataset.{DerivedColumn, JsonSchema, PackedDataset}
import io.varlen.spark.input.{BadRecordPolicy, DocumentColumns, InputFormat, InputOptions}
import io.varlen.spark.{FaultyFileSystem, Folders, LocalSpark, TestFiles}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, StandardCopyOption}
import java.nio.{ByteBuffer, ByteOrder}
import java.security.MessageDigest
import org.apache.spark.sql.Row
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Removes documents and compares what is left with what an oracle, which knows nothing of the job, makes of the rows
  * before.
  */
class RemoveJobSpec extends AnyFunSpec {
  import RemoveJobSpec._

  /** Removes, and checks everything that must hold afterwards; gives the report. */
  private def removeAndCheck(dataset: Dataset, ids: Set[String]): JobReport = {
    val (before, oldFiles, oldManifest) = (dataset.rows, dataset.dataFiles, dataset.manifest)
    val held = before.values.flatMap(_.segments.map(_.docId)).toSet
    val report = dataset.remove(ids)
    val expected = before.values.flatMap(cut(_, ids, dataset.padId)).map(row => row.rowId -> row).toMap
    val after = dataset.rows
    assert(after.keySet == expected.keySet)
    for ((id, row) <- expected) assert(after(id) == row, s"row $id")
    assert(after.values.map(_.checksum).toSeq.sorted == expected.values.map(checksum).toSeq.sorted)
    // whole parts, and only those, stay byte for byte
    val touched = before.values.filter(_.segments.exists(s => ids(s.docId))).map(_.part).toSet
    val newFiles = dataset.dataFiles
    for ((name, bytes) <- oldFiles) {
      if (touched(name)) assert(!newFiles.contains(name), name)
      else assert(newFiles.get(name).exists(java.util.Arrays.equals(_, bytes)), name)
    }
    assert(newFiles.size == oldFiles.size && figure(report, "rewritten_parts") == touched.size)
    // ledger, by source
    val manifest = dataset.manifest
    val (was, is) = (oldManifest.at("/packing/ledger/sources"), manifest.at("/packing/ledger/sources"))
    for (source <- 0 until is.size) {
      def change(name: String) = is.get(source).get(name).asLong - was.get(source).get(name).asLong
      val gone = before.values.flatMap(_.segments).filter(s => ids(s.docId) && s.source == source)
      assert(change("packed_tokens") == -gone.map(_.count.toLong).sum)
      assert(change("packed_documents") == -gone.map(_.docId).toSet.size)
      for (name <- Seq("documents", "source_tokens", "added_special_tokens", "repeated_tokens", "truncated_tokens"))
        assert(change(name) == 0, name)
      val e = is.get(source)
      def sum(names: String*) = names.map(e.get(_).asLong).sum
      assert(
        sum("source_tokens", "added_special_tokens", "repeated_tokens") ==
          sum("packed_tokens", "dropped_tokens", "truncated_tokens", "removed_tokens")
      )
      assert(
        sum("documents") == sum(
          "packed_documents",
          "empty_documents",
          "dropped_documents",
          "quarantined_documents",
          "removed_documents"
        )
      )
    }
    assert(JsonSchema.violations(JsonSchema.ofManifest, manifest) == Nil)
    assert(manifest.at("/packing/digest").asText == digest(expected.values))
    assert(manifest.at("/figures/digest").asText == digest(expected.values))
    assert(report.figures.get("digest") == digest(expected.values))
    assert(manifest.at("/packing/rows").asInt == expected.size)
    // what was removed is listed, and nothing else; verify is content; the same again changes nothing
    val gone = dataset.removed
    assert(held.intersect(ids).subsetOf(gone.keySet) && gone.size == figureOf(is, "removed_documents"))
    assert(gone.values.map(_.get("tokens").asLong).sum == figureOf(is, "removed_tokens"))
    assert(dataset.findings == Nil)
    assert(!Files.exists(dataset.path.resolve("_varlen/staging")))
    val listing = TestFiles.listing(dataset.path)
    assert(dataset.remove(ids).unchanged && TestFiles.listing(dataset.path) == listing)
    report
  }

  private def figureOf(sources: JsonNode, name: String) = sources.elements.asScala.map(_.get(name).asLong).sum

  it("leaves exactly the other documents, whatever the dataset is, again and again, until none is left") {
    val seed = System.nanoTime()
    val random = new Random(seed)
    withClue(s"seed $seed: ") {
      for (round <- 1 to 6) {
        // short rows and "drop" may leave no document at all
        val dataset = Iterator.continually(randomDataset(random)).find(_.documents.nonEmpty).get
        withClue(s"round $round, ${dataset.what}: ") {
          var left = dataset.documents
          for (share <- Seq(0.05, 0.4, 1.0) if left.nonEmpty) {
            val ids = left.filter(_ => random.nextDouble() < share)
            if (ids.nonEmpty) {
              val report = removeAndCheck(dataset, ids)
              assert(!report.unchanged && figure(report, "removed_documents") == ids.size)
              left = left -- ids
            }
          }
          assert(dataset.rows.isEmpty && dataset.figure("packed_tokens") == 0 && dataset.figure("rows") == 0)
          assert(dataset.parts.nonEmpty && LocalSpark.session.read.parquet(dataset.path.toString).count() == 0)
        }
      }
    }
  }

  describe("a document") {
    it("that is split over many rows, among others, goes from all of them") {
      val dataset = pack((0 until 30).map(i => s"d$i" -> "x " * (1 + i % 5)) :+ ("long" -> "xx " * 200))
      assert(dataset.rows.values.count(_.segments.exists(_.docId == "long")) >= 8)
      val report = removeAndCheck(dataset, Set("long"))
      assert(figure(report, "removed_rows") > 4 && figure(report, "removed_tokens") == 202)
    }

    it("without a token, or one that packing kept out, goes as well: it is listed, counted, and embedded no more") {
      val dataset =
        pack(
          Seq("a" -> "x x x", "b" -> "", "c" -> "xx " * 100, "d" -> "", "e" -> "x"),
          overflow = "drop",
          special = false
        )
      assert(dataset.figure("empty_documents") == 2 && dataset.figure("dropped_documents") == 1)
      val files = dataset.dataFiles.keySet
      val report = dataset.remove(Set("b", "c"))
      assert(!report.unchanged && figure(report, "removed_documents") == 2)
      assert(figure(report, "removed_tokens") == 100 && figure(report, "rewritten_parts") == 0)
      assert(dataset.dataFiles.keySet == files && dataset.findings == Nil)
      assert(dataset.removed.map { case (id, entry) =>
        id -> entry.get("was").asText
      } == Map("b" -> "empty", "c" -> "dropped"))
      assert(dataset.figure("empty_documents") == 1 && dataset.figure("dropped_documents") == 0)
      assert(dataset.figure("dropped_tokens") == 0 && dataset.figure("removed_documents") == 2)
      assert(dataset.remove(Set("b", "c")).unchanged)
      assert(figure(dataset.remove(Set("a", "b", "d")), "removed_documents") == 2)
      assert(dataset.findings == Nil && dataset.documents == Set("e"))
    }
  }

  describe("ids that are nowhere") {
    lazy val dataset = pack(Seq("a" -> "x x", "b" -> "x"))

    it("are refused, naming the first one in the file and how many there are, and nothing is done") {
      val before = TestFiles.listing(dataset.path)
      val message = intercept[InvalidInputException](dataset.removeLines("a\nnope\r\n\nb\nno, too\nnope\n")).getMessage
      assert(message.contains("2 documents") && message.contains("'nope' at byte 2") && message.contains("--missing"))
      assert(!message.contains("\n") && TestFiles.listing(dataset.path) == before)
      val one = intercept[InvalidInputException](dataset.removeLines("nope")).getMessage
      assert(one.contains("a document that is not in") && one.contains("'nope'"))
    }

    it("are passed over if that is said") {
      assert(dataset.removeLines("nope\n", MissingIds.IGNORE).unchanged)
      val report = dataset.removeLines("nope\na\n", MissingIds.IGNORE)
      assert(figure(report, "missing_documents") == 1 && figure(report, "removed_documents") == 1)
      assert(dataset.documents == Set("b"))
    }
  }

  describe("what cannot be used is refused in one line:") {
    lazy val dataset = pack(Seq("a" -> "x x", "b" -> "x"))
    def refused(body: => Any)(words: String*): Unit = {
      val message = intercept[InvalidInputException](body).getMessage
      assert(words.forall(message.contains) && !message.contains("\n"), message)
    }

    it("a list that does not exist, is empty, or is not UTF-8") {
      refused(new RemoveJob(LocalSpark.session, new RemoveOptions(dataset.url, "/no/such"), JobProgress.NONE).run())(
        "--doc-ids /no/such",
        "does not exist"
      )
      refused(dataset.removeLines(""))("--doc-ids", "names no document")
      refused(dataset.removeLines("\n  \n"))("--doc-ids", "names no document")
      val list = TestFiles.write(Folders.create("ids").resolve("ids"), "a\nb".getBytes(UTF_8) :+ 0xff.toByte)
      refused(
        new RemoveJob(LocalSpark.session, new RemoveOptions(dataset.url, list.toString), JobProgress.NONE).run()
      )("UTF-8", "at 3:")
    }

    it("a folder that is no packed dataset, or lacks a part") {
      val nothing = Folders.create("nothing").toString
      refused(new RemoveJob(LocalSpark.session, new RemoveOptions(nothing, "ids"), JobProgress.NONE).run())(nothing)
      val copy = dataset.copy()
      Files.delete(copy.path.resolve(copy.parts.head))
      refused(copy.remove(Set("a")))(copy.parts.head, "is missing", "verify")
    }

    it("a part that is damaged where it would be written anew: its damage would get a fitting checksum")(
      LocalSpark.quietly {
        val edited = new VerifyJobSpec.EditedDataset
        val part = edited.parts.head
        val rowId = edited.firstRowId(part)
        edited.set(part, rowId, "input_ids")(ids => VerifyJobSpec.seq(ids).updated(0, 77))
        val docs = edited.rows(part).selectExpr("explode(segments.doc_id)").collect().map(_.getString(0)).toSet
        val before = TestFiles.listing(edited.path)
        val failure = intercept[Throwable](new Dataset(edited.path, "edited").remove(docs.take(1)))
        val causes = Iterator.iterate(failure)(_.getCause).takeWhile(_ != null).map(String.valueOf).mkString
        assert(
          causes.contains(s"row_id $rowId") && causes.contains("checksum") && causes.contains("nothing was removed")
        )
        assert(TestFiles.listing(edited.path).filterNot(_._1.contains("staging")) == before)
      }
    )
  }

  it("reads no column but the segments to find what is affected") {
    val dataset = pack(Seq("a" -> "x x", "b" -> "x"))
    val plan = io.varlen.spark.Lineage
      .of(LocalSpark.session, dataset.url)
      .select("doc_id", "source", "token_count", "part")
      .queryExecution
      .executedPlan
      .toString
    val read = plan.substring(plan.indexOf("ReadSchema"))
    assert(read.contains("segments") && !read.contains("input_ids") && !read.contains("cu_seqlens"), plan)
  }

  describe("pack, run again with the original options,") {
    it("says that documents were removed, and packs them again under --overwrite") {
      val dataset = pack(Seq("a" -> "x x x", "b" -> "x", "c" -> "x x"))
      val digest = dataset.manifest.at("/packing/digest").asText
      dataset.remove(Set("b"))
      val listing = TestFiles.listing(dataset.path)
      val message = intercept[InvalidInputException](dataset.packAgain(overwrite = false)).getMessage
      assert(message.contains("1 document was removed from it since") && message.contains("--overwrite"), message)
      assert(TestFiles.listing(dataset.path) == listing)
      val report = dataset.packAgain(overwrite = true)
      assert(!report.unchanged && report.figures.get("digest") == digest && dataset.documents == Set("a", "b", "c"))
      assert(dataset.findings == Nil && !dataset.manifest.has("removals"))
      assert(dataset.packAgain(overwrite = false).unchanged)
      assert(!TestFiles.listing(dataset.path).keys.exists(_.contains("removed")))
    }
  }

  describe("a run that is killed") {
    FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())

    it("anywhere leaves the old dataset or the new one, and the same command again makes the new one")(
      LocalSpark.quietly {
        val original = pack((0 until 60).map(i => s"d$i" -> "x " * (i % 7)) :+ ("long" -> "xx " * 100))
        original.remove(Set("d1"))
        val ids = Set("d2", "d7", "d15", "long")
        val expected = original.copy()
        expected.remove(ids)
        val (old, now) = (original.contents, expected.contents)
        var fault = 0
        var finished = false
        var (olds, news) = (0, 0)
        while (!finished) withClue(s"fault at change $fault: ") {
          val dataset = original.copy("faulty://")
          finished = FaultyFileSystem.dyingAt(fault)(dataset.remove(ids)).isDefined
          val found = dataset.contents
          assert(found == old || found == now)
          if (found == old) olds += 1 else news += 1
          assert(dataset.removed.keySet == (if (found == old) Set("d1") else ids + "d1"))
          // killed once more on the way, then run to the end
          if (!finished && fault % 3 == 0) FaultyFileSystem.dyingAt(fault / 2)(dataset.remove(ids))
          val again = dataset.remove(ids)
          assert(!again.unchanged || dataset.contents == now)
          assert(dataset.contents == now && dataset.findings == Nil)
          assert(
            TestFiles.listing(dataset.path).keySet == TestFiles.listing(expected.path).keySet
          )
          fault += 1
        }
        assert(olds > 15 && news > 3, s"$olds old, $news new")
      }
    )

    it("is cleared up by the removal of other documents, too")(LocalSpark.quietly {
      val original = pack((0 until 30).map(i => s"d$i" -> "x " * (1 + i % 7)))
      for (fault <- Seq(8, 12, 16, 20, 24)) {
        val dataset = original.copy("faulty://")
        FaultyFileSystem.dyingAt(fault)(dataset.remove(Set("d3", "d4", "d5")))
        val before = dataset.documents
        dataset.remove(Set("d9"))
        assert(dataset.documents == before - "d9" && dataset.findings == Nil)
      }
    })
  }

  it("replaces nothing unless the proof holds: new files that are not what they must be are found out")(
    LocalSpark.quietly {
      val dataset = pack((0 until 40).map(i => s"d$i" -> "x " * (1 + i % 7)))
      val ids = Set("d3")
      val part = dataset.rows.values.find(_.segments.exists(s => ids(s.docId))).get.part
      val thinned = dataset.copy()
      thinned.remove(ids + "d10" + "d20" + "d30")
      // nothing cut out of it; too much cut out of it; rows of another part
      val wrong = dataset.dataFiles(part) +: thinned.dataFiles.values.toSeq :+
        dataset.dataFiles(dataset.parts.find(_ != part).get)
      val listing = TestFiles.listing(dataset.path)
      for (bytes <- wrong) {
        val progress = new JobProgress {
          override def stage(name: String, total: Long, unit: String): Unit = if (name == "prove") {
            val staged = TestFiles.listing(dataset.path).keys.filter(_.matches(".*/data/.*parquet")).toSeq
            assert(staged.size == 1)
            Files.write(dataset.path.resolve(staged.head), bytes)
          }
          override def advance(done: Long): Unit = ()
          override def note(line: String): Unit = ()
        }
        val failure = intercept[Throwable](dataset.remove(ids, progress))
        val causes = Iterator.iterate(failure)(_.getCause).takeWhile(_ != null).map(String.valueOf).mkString
        assert(causes.contains("nothing was removed"), causes)
        assert(TestFiles.listing(dataset.path).filterNot(_._1.contains("staging")) == listing)
      }
      removeAndCheck(dataset, ids)
    }
  )

  it("keeps out of the way of another job that changed the dataset meanwhile") {
    val dataset = pack(Seq("a" -> "x x x", "b" -> "x", "c" -> "x x"))
    val progress = new JobProgress {
      override def stage(name: String, total: Long, unit: String): Unit =
        if (name == "list") {
          val file = dataset.path.resolve("_varlen/manifest.json")
          Files.writeString(file, Files.readString(file) + " ")
        }
      override def advance(done: Long): Unit = ()
      override def note(line: String): Unit = ()
    }
    val message = intercept[InvalidInputException](dataset.remove(Set("a"), progress)).getMessage
    assert(message.contains("another job") && dataset.documents == Set("a", "b", "c"))
    dataset.remove(Set("a"))
    assert(dataset.findings == Nil && dataset.documents == Set("b", "c"))
  }
}

object RemoveJobSpec {
  private val json = new ObjectMapper

  case class Seg(docId: String, source: Int, chunk: Int, start: Long, count: Int)

  /** A row as Spark reads it. */
  case class Stored(
      part: String,
      rowId: Long,
      ids: Seq[Int],
      nTokens: Int,
      cuSeqlens: Seq[Int],
      segments: Seq[Seg],
      checksum: Long,
      mask: Option[Seq[Byte]],
      derived: Map[String, Seq[Int]]
  ) {
    def content: (Seq[Int], Seq[Seg], Long) = (ids, segments, checksum)

    override def equals(other: Any): Boolean = other match {
      case that: Stored => copy(part = "").productIterator.toSeq == that.copy(part = "").productIterator.toSeq
      case _            => false
    }
    override def hashCode: Int = rowId.hashCode
  }

  def figure(report: JobReport, name: String): Long = report.figures.get(name).asInstanceOf[Number].longValue

  /** What must be left of a row, from the contract alone. */
  def cut(row: Stored, ids: Set[String], padId: Int): Option[Stored] = {
    val starts = row.segments.scanLeft(0)(_ + _.count)
    val kept = row.segments.zip(starts).filterNot { case (segment, _) => ids(segment.docId) }
    if (kept.isEmpty) None
    else if (kept.size == row.segments.size) Some(row)
    else {
      def gather[T](values: Seq[T], pad: T): Seq[T] =
        kept.flatMap { case (segment, at) => values.slice(at, at + segment.count) }.padTo(row.ids.size, pad)
      val segments = kept.map(_._1)
      val bounds = segments.scanLeft(0)(_ + _.count)
      val n = bounds.last
      val tokens = gather(row.ids, padId)
      val mask = row.mask.map(gather(_, 0: Byte))
      val derived = row.derived.keys.map {
        case name @ "position_ids" =>
          name -> (segments.flatMap(s => 0 until s.count) ++ (0 until row.ids.size - n))
        case name @ "segment_ids" =>
          name -> segments.zipWithIndex.flatMap { case (s, i) => Seq.fill(s.count)(i) }.padTo(row.ids.size, -1)
        case name @ "attention_mask" => name -> Seq.fill(n)(1).padTo(row.ids.size, 0)
        case name @ "labels"         =>
          name -> tokens.indices.map { i =>
            if (i >= n || bounds.contains(i) || mask.exists(_(i) == 0)) -100 else tokens(i)
          }
      }.toMap
      val left = row.copy(
        ids = tokens,
        nTokens = n,
        cuSeqlens = bounds,
        segments = segments,
        mask = mask,
        derived = derived
      )
      Some(left.copy(checksum = checksum(left)))
    }
  }

  private def hash(row: Stored): Array[Byte] = {
    def int(value: Int) = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array
    val sha = MessageDigest.getInstance("SHA-256")
    sha.update(int(row.nTokens))
    row.ids.take(row.nTokens).foreach(id => sha.update(int(id)))
    for (s <- row.segments) {
      val id = s.docId.getBytes(UTF_8)
      sha.update(int(id.length) ++ id ++ int(s.chunk))
      sha.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(s.start).array ++ int(s.count))
    }
    row.mask.foreach(mask => sha.update(mask.toArray))
    sha.digest()
  }

  def checksum(row: Stored): Long = ByteBuffer.wrap(hash(row)).getLong

  def digest(rows: Iterable[Stored]): String =
    f"${rows.map(row => BigInt(1, hash(row))).sum.mod(BigInt(1) << 256).bigInteger}%064x"

  class Dataset(val path: Path, val what: String, scheme: String = "", repack: Boolean => JobReport = _ => ???) {
    def url: String = scheme + path
    def manifest: JsonNode = json.readTree(path.resolve("_varlen/manifest.json").toFile)
    def figure(name: String): Long = manifest.get("figures").get(name).asLong
    def padId: Int = manifest.at("/packing/pad_id").asInt
    def parts: Seq[String] = manifest.get("parts").asScala.map(_.get("file").asText).toSeq
    def packAgain(overwrite: Boolean): JobReport = repack(overwrite)

    def dataFiles: Map[String, Array[Byte]] = Files
      .list(path)
      .iterator()
      .asScala
      .filter(Files.isRegularFile(_))
      .map(file => file.getFileName.toString -> Files.readAllBytes(file))
      .toMap

    /** Every row of the parts that the manifest names, by its id. */
    def contents: Map[Long, (Seq[Int], Seq[Seg], Long)] = rows.map { case (id, row) => id -> row.content }

    def rows: Map[Long, Stored] = {
      val rows = parts.flatMap { part =>
        LocalSpark.session.read.parquet(path.resolve(part).toString).collect().toSeq.map(stored(part, _))
      }
      assert(rows.map(_.rowId).distinct.size == rows.size)
      rows.map(row => row.rowId -> row).toMap
    }

    private def stored(part: String, row: Row): Stored = {
      def seq[T](name: String) = row.getAs[scala.collection.Seq[T]](name).toSeq
      def has(name: String) = row.schema.fieldNames.contains(name)
      Stored(
        part,
        row.getAs[Long]("row_id"),
        seq[Int]("input_ids"),
        row.getAs[Int]("n_tokens"),
        seq[Int]("cu_seqlens"),
        seq[Row]("segments").map(s => Seg(s.getString(0), s.getInt(1), s.getInt(2), s.getLong(3), s.getInt(4))),
        row.getAs[Long]("checksum"),
        if (has("loss_mask")) Some(seq[Byte]("loss_mask")) else None,
        DerivedColumn.values.toSeq.map(_.columnName).filter(has).map(name => name -> seq[Int](name)).toMap
      )
    }

    def documents: Set[String] = rows.values.flatMap(_.segments.map(_.docId)).toSet

    /** The lines of the lists that the manifest names. */
    def removed: Map[String, JsonNode] = manifest
      .path("removals")
      .asScala
      .flatMap(_.get("files").asScala)
      .flatMap(file => Files.readAllLines(path.resolve(file.asText)).asScala)
      .map(json.readTree)
      .map(line => line.get("doc_id").asText -> line)
      .toMap

    def remove(ids: Set[String], progress: JobProgress = JobProgress.NONE): JobReport =
      removeLines(ids.mkString("\n"), progress = progress)

    def removeLines(
        lines: String,
        missing: MissingIds = MissingIds.FAIL,
        progress: JobProgress = JobProgress.NONE
    ): JobReport = {
      val list = TestFiles.write(Folders.create("ids").resolve("ids.txt"), lines)
      new RemoveJob(LocalSpark.session, new RemoveOptions(url, list.toString, missing), progress).run()
    }

    def findings: Seq[String] = new VerifyJob(LocalSpark.session, new VerifyOptions(url), JobProgress.NONE)
      .run()
      .findings
      .asScala
      .map(_.toString)
      .toSeq

    def copy(scheme: String = ""): Dataset = {
      val to = Folders.create("copy").resolve("out")
      val walk = Files.walk(path)
      try
        walk.iterator().asScala.foreach { file =>
          val target = to.resolve(path.relativize(file).toString)
          if (Files.isDirectory(file)) Files.createDirectories(target)
          else Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES)
        }
      finally walk.close()
      new Dataset(to, what, scheme)
    }
  }

  private def line(fields: (String, String)*): String =
    fields.map { case (name, value) => s"${TestFiles.json(name)}: ${TestFiles.json(value)}" }.mkString("{", ", ", "}\n")

  private def packed(
      inputs: Seq[String],
      columns: DocumentColumns,
      rules: PackingRules,
      special: SpecialTokensPolicy,
      emit: Set[DerivedColumn],
      groups: Int
  ): Dataset = {
    val folder = Folders.create("packed")
    val files = inputs.zipWithIndex.map { case (text, i) => TestFiles.write(folder.resolve(s"in$i.jsonl"), text) }
    val input = new InputOptions(files.map(_.toString).asJava, InputFormat.JSONL, columns, null)
    def run(overwrite: Boolean): JobReport = {
      val options = new PackOptions(
        input,
        WordTokenizer.Source,
        rules,
        folder.resolve("out").toString,
        special,
        null,
        0,
        0,
        emit.asJava,
        BadRecordPolicy.FAIL,
        overwrite,
        columns.masked
      )
      new PackJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run()
    }
    run(overwrite = false)
    val what = s"${rules.strategy} ${rules.overflow} ${rules.limits} $special $emit ${columns.kind}, $groups groups"
    new Dataset(folder.resolve("out"), what, "", run)
  }

  /** Documents by id. */
  def pack(documents: Seq[(String, String)], overflow: String = "split", special: Boolean = true): Dataset = packed(
    Seq(documents.map { case (id, text) => line("id" -> id, "text" -> text) }.mkString),
    DocumentColumns.text("text"),
    new PackingRules(PackingStrategy.BFD, RowLimits.ofLength(16), Overflow.ofName(overflow)),
    if (special) SpecialTokensPolicy.DOCUMENT else SpecialTokensPolicy.NONE,
    Set(DerivedColumn.LABELS),
    3
  )

  def randomDataset(random: Random): Dataset = {
    def pick[T](values: T*): T = values(random.nextInt(values.size))
    def words(most: Int) = Seq.fill(random.nextInt(most + 1))("x" * (1 + random.nextInt(60))).mkString(" ")
    val masked = random.nextBoolean()
    val strategy = PackingStrategy.values()(random.nextInt(PackingStrategy.values.length))
    val wrapped = strategy == PackingStrategy.WRAPPED
    val seqLen = pick(8, 16, 40)
    val overflow =
      if (wrapped) "split" else pick("split", "split-overlap 2", "truncate-head", "truncate-tail", "drop")
    val limits =
      if (wrapped) RowLimits.ofLength(seqLen)
      else new RowLimits(seqLen, pick(1, 4), pick(3, RowLimits.ANY_NUMBER), RowLimits.UNBOUNDED)
    def document(id: String) =
      if (masked) line("id" -> id, "prompt" -> words(20), "completion" -> ("y " + words(random.nextInt(40))))
      else line("id" -> id, "text" -> (if (random.nextInt(8) == 0) "" else "y " + words(pick(3, 10, 60))))
    val strange = Seq("é", "a b", "", "#1", "/x", "\u2028", "\ud83d\ude00", "\t")
    packed(
      (0 until pick(1, 2, 3)).map { source =>
        (0 until 1 + random.nextInt(40)).map(i => document(s"$source-$i${strange(random.nextInt(8))}")).mkString
      },
      if (masked) DocumentColumns.promptCompletion("prompt", "completion") else DocumentColumns.text("text"),
      new PackingRules(strategy, limits, Overflow.ofName(overflow)),
      pick(SpecialTokensPolicy.DOCUMENT, SpecialTokensPolicy.NONE),
      DerivedColumn.values.toSet.filter(_ => random.nextBoolean()),
      pick(1, 3, 7)
    )
  }
}
