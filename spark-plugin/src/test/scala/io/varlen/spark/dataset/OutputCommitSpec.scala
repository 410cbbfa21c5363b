package io.varlen.spark.dataset

import io.varlen.spark.dataset.OutputFolder.State
import io.varlen.spark.input.{BadRecord, InputFile, InputFiles}
import io.varlen.spark.{FaultyFileSystem, Folders, TestFiles}
import io.varlen.tokenizer.TokenizerSource
import java.net.URI
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FSDataOutputStream, Path => HadoopPath, RawLocalFileSystem}
import org.apache.hadoop.util.Progressable
import org.scalatest.funspec.AnyFunSpec
import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** The local disk as `told:///…`, which remembers what is changed. */
class TellingFileSystem extends RawLocalFileSystem {
  import TellingFileSystem.tell

  override def getScheme: String = "told"
  override def getUri: URI = URI.create("told:///")
  override def create(
      path: HadoopPath,
      overwrite: Boolean,
      bufferSize: Int,
      replication: Short,
      blockSize: Long,
      progress: Progressable
  ): FSDataOutputStream = {
    tell("create", path)
    super.create(path, overwrite, bufferSize, replication, blockSize, progress)
  }
  override def rename(from: HadoopPath, to: HadoopPath): Boolean = {
    tell("move", from, to)
    super.rename(from, to)
  }
  override def delete(path: HadoopPath, recursive: Boolean): Boolean = {
    if (exists(path)) tell("delete", path)
    super.delete(path, recursive)
  }
  override def mkdirs(path: HadoopPath): Boolean = {
    if (!exists(path)) tell("folder", path)
    super.mkdirs(path)
  }
}

object TellingFileSystem {
  val changes = mutable.Buffer[String]()

  private val hex = "[0-9a-f]{64}".r
  private val uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}".r

  private def tell(what: String, paths: HadoopPath*): Unit = {
    val names = paths.map(path => uuid.replaceAllIn(hex.replaceAllIn(path.toUri.getPath, "HEX"), "UUID"))
    changes += s"$what ${names.map(_.replaceFirst(".*/out/", "")).mkString(" ")}"
  }
}

/** What a commit does, in which order, and what it leaves of the output that it replaces. */
class OutputCommitSpec extends AnyFunSpec {
  private val hadoop = new Configuration()
  hadoop.set("fs.told.impl", classOf[TellingFileSystem].getName)

  private val inputs =
    new InputFiles(Seq("file:/in").asJava, Seq(new InputFile(0, "file:/in", "in", 3, 7)).asJava, 0, 0)
  private def fingerprint(option: String) = Fingerprint.of("export", java.util.Map.of("option", option), inputs)
  private def digits(option: String): String = fingerprint(option).hex.take(8)
  private val tokenizer = TokenizerSource.ofJson("t", "{}".getBytes(UTF_8), null)

  private def open(out: String, option: String, conf: Configuration = hadoop) =
    OutputFolder.open(conf, out, fingerprint(option), inputs, true)

  /** All that a job does in the folder, up to its commit. */
  private def worked(folder: OutputFolder, units: Int, content: String): OutputFolder = {
    for (unit <- 0 until units) {
      val writing = folder.staging.begin(unit)
      try {
        for (kind <- Seq(UnitFile.PART, UnitFile.EMPTY)) {
          val out = writing.create(kind)
          out.write(content.getBytes(UTF_8))
          out.close()
        }
        writing.complete(1, "{}")
      } finally writing.close()
    }
    folder.keep(tokenizer)
    folder.quarantine(Seq(new BadRecord(0, "f", 1, null, "r")).iterator.asJava)
    folder
  }

  private def commit(folder: OutputFolder, indexes: (String, String)*): Manifest = folder.commit(
    folder.completeUnits,
    indexes.map { case (name, content) => name -> content.getBytes(UTF_8) }.toMap.asJava,
    (of, parts) => new Manifest(Manifest.FORMAT, of, parts, null, null, java.util.Map.of[String, Object]())
  )

  private def names(out: Path): Set[String] = TestFiles.listing(out).keySet.toSet

  /** The files of a complete output. */
  private def complete(option: String, units: Int, indexes: String*): Set[String] = {
    val d = digits(option)
    val ofUnits = (0 until units).flatMap(n => Seq(f"part-$d-$n%05d.parquet", f"_varlen/empty/part-$d-$n%05d.jsonl"))
    ofUnits.toSet ++ indexes ++ indexes.map(name => s"_varlen/index-$d/$name") ++ Set(
      "_varlen/manifest.json",
      "_varlen/report.json",
      s"_varlen/inputs-$d.jsonl.gz",
      s"_varlen/tokenizer-$d/tokenizer.json",
      s"_varlen/quarantine/part-$d-00000.jsonl"
    )
  }

  it("writes the manifest behind all that it names, and deletes what it replaces behind that") {
    val out = Folders.create("commit").resolve("out")
    commit(worked(open(s"told://$out", "a"), 2, "old"), "index.json" -> "old", "gone.json" -> "old")
    TestFiles.write(out.resolve("_varlen/report.html"), "of the old")
    val second = worked(open(s"told://$out", "b"), 1, "new")
    TellingFileSystem.changes.clear()
    commit(second, "index.json" -> "new")
    val (a, b) = (digits("a"), digits("b"))
    val work = "_varlen/staging/HEX"
    def written(name: String, folder: String) =
      Seq(s"create $work/.$name.UUID", s"move $work/.$name.UUID $folder$name")
    val (before, behind) = TellingFileSystem.changes.toSeq.splitAt(
      TellingFileSystem.changes.indexWhere(_.endsWith(" _varlen/manifest.json")) + 1
    )
    assert(
      before == Seq(
        s"move $work/data/00000-UUID-.parquet part-$b-00000.parquet",
        s"move $work/data/00000-UUID-_varlen-empty-.jsonl _varlen/empty/part-$b-00000.jsonl",
        s"move $work/inputs.jsonl.gz _varlen/inputs-$b.jsonl.gz",
        s"folder _varlen/index-$b"
      ) ++ written("index.json", s"_varlen/index-$b/") ++ written("index.json", "") ++
        Seq("delete _varlen/report.html") ++ written("report.json", "_varlen/") ++ written("manifest.json", "_varlen/")
    )
    val lists = (0 to 1).map(n => s"empty/part-$a-0000$n.jsonl") :+ s"quarantine/part-$a-00000.jsonl"
    val kept = Seq(s"inputs-$a.jsonl.gz", s"tokenizer-$a", s"index-$a")
    assert(
      behind.init.sorted ==
        ((0 to 1).map(n => s"delete part-$a-0000$n.parquet") ++ (lists ++ kept).map(name => s"delete _varlen/$name") :+
          "delete gone.json").sorted
    )
    // who is killed between the two finds the list of what is still to be deleted
    assert(behind.indexOf("delete gone.json") < behind.indexOf(s"delete _varlen/index-$a"))
    assert(behind.last == "delete _varlen/staging")
  }

  it("takes all of the old output away, and nothing that is not a job's") {
    val out = Folders.create("commit").resolve("out")
    commit(worked(open(out.toString, "a"), 3, "old"), "index.json" -> "old", "gone.json" -> "old")
    assert(names(out) == complete("a", 3, "index.json", "gone.json"))
    val others = Seq("mine.txt", "part-mine.parquet", s"part-${digits("a")}.bak", "_varlen/notes", "index-1/x")
    others.foreach(name => TestFiles.write(out.resolve(name), "mine"))
    commit(worked(open(out.toString, "b"), 1, "new"), "index.json" -> "new")
    assert(names(out) == complete("b", 1, "index.json") ++ others)
    assert(Files.readString(out.resolve("index.json")) == "new")
  }

  it("is finished by the job that was killed in it, or behind its manifest by whoever opens the folder") {
    val faulty = new Configuration()
    FaultyFileSystem.install(faulty)
    var killed = 0
    var ended = 0
    var finished = false
    while (!finished) {
      val out = Folders.create("commit").resolve("out")
      commit(worked(open(out.toString, "a"), 2, "old"), "index.json" -> "old", "gone.json" -> "old")
      val second = worked(open(s"faulty://$out", "b", faulty), 1, "new")
      finished = FaultyFileSystem.dyingAt(killed)(commit(second, "index.json" -> "new")).isDefined
      killed += 1
      withClue(s"killed at change ${killed - 1}: ${names(out)} ") {
        val again = open(s"faulty://$out", "b", faulty)
        if (again.state == State.CONTINUE) commit(again, "index.json" -> "new")
        else {
          assert(again.state == State.UNCHANGED)
          ended += 1
        }
        assert(names(out) == complete("b", 1, "index.json"))
        assert(Files.readString(out.resolve("index.json")) == "new")
      }
    }
    assert(killed > 20 && ended > 8)
  }
}
