package io.varlen.spark.dataset

import io.varlen.spark.{FaultyFileSystem, Folders, TestFiles}
import io.varlen.spark.dataset.OutputFolder.State
import io.varlen.spark.input.{InputFile, InputFiles}
import io.varlen.tokenizer.TokenizerSource
import java.net.URI
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FilterFileSystem, Path => HadoopPath, RawLocalFileSystem}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** The local disk as a file system that does not replace when it renames, as HDFS does not, and that FileContext does
  * not know.
  */
class StrictFileSystem
    extends FilterFileSystem(new RawLocalFileSystem {
      override def getUri: URI = URI.create("strict:///")
    }) {
  override def getScheme: String = "strict"
  override def rename(from: HadoopPath, to: HadoopPath): Boolean = !exists(to) && super.rename(from, to)
}

class OutputFolderSpec extends AnyFunSpec {
  private val hadoop = new Configuration()
  hadoop.set("fs.strict.impl", classOf[StrictFileSystem].getName)

  private val inputs =
    new InputFiles(Seq("file:/in").asJava, Seq(new InputFile(0, "file:/in", "in", 3, 7)).asJava, 0, 0)

  private def fingerprint(option: String) = Fingerprint.of("pack", java.util.Map.of("option", option), inputs)

  private def open(out: String, option: String = "a", overwrite: Boolean = false) =
    OutputFolder.open(hadoop, out, fingerprint(option), inputs, overwrite)

  private def attempt(folder: OutputFolder, unit: Int, content: String, complete: Boolean): Unit = {
    val writing = folder.staging.begin(unit)
    try {
      val out = writing.create(UnitFile.PART)
      out.write(content.getBytes(UTF_8))
      out.close()
      if (complete) writing.complete(1, "{}")
    } finally writing.close()
  }

  private def commit(folder: OutputFolder): Manifest = folder.commit(
    folder.completeUnits,
    (of, parts) =>
      new Manifest(Manifest.FORMAT, of, parts, null, null, java.util.Map.of[String, Object]("figure", Int.box(1)))
  )

  private def parts(out: Path): Map[String, String] = Files
    .list(out)
    .iterator()
    .asScala
    .filter(Files.isRegularFile(_))
    .map(file => file.getFileName.toString.takeRight(13) -> Files.readString(file))
    .toMap

  for (scheme <- Seq("", "strict://"))
    describe(s"an output folder on ${if (scheme.isEmpty) "the local disk" else scheme}") {
      it("holds each unit once, whatever attempts there were") {
        val out = Folders.create("folder").resolve("out")
        val folder = open(scheme + out)
        assert(folder.state == State.NEW && !Files.exists(out))
        attempt(folder, 0, "zero", complete = true)
        attempt(folder, 1, "one", complete = false)
        attempt(folder, 1, "one", complete = true)
        attempt(folder, 1, "one", complete = true)
        attempt(folder, 2, "two", complete = false)
        assert(folder.completeUnits.keySet.asScala.toSeq == Seq(0, 1))
        // attempts that were killed leave files behind, and a sidecar that was never renamed
        TestFiles.write(out.resolve(s"_varlen/staging/${fingerprint("a").hex}/data/00002-killed.parquet"), "tw")
        TestFiles.write(out.resolve(s"_varlen/staging/${fingerprint("a").hex}/units/.unit-00002.json"), "{")
        val again = open(scheme + out)
        assert(again.state == State.CONTINUE && again.completeUnits.keySet.asScala.toSeq == Seq(0, 1))
        attempt(again, 2, "two", complete = true)
        val manifest = commit(again)
        assert(parts(out) == Map("00000.parquet" -> "zero", "00001.parquet" -> "one", "00002.parquet" -> "two"))
        assert(
          manifest.parts.asScala.map(part => (part.file.takeRight(13), part.rows, part.bytes)) ==
            Seq(("00000.parquet", 1, 4), ("00001.parquet", 1, 3), ("00002.parquet", 1, 3))
        )
        assert(!Files.exists(out.resolve("_varlen/staging")))
        assert(open(scheme + out).state == State.UNCHANGED && open(scheme + out).manifest == manifest)
      }

      it("is replaced as a whole, manifest and all") {
        val out = Folders.create("folder").resolve("out")
        val first = open(scheme + out)
        attempt(first, 0, "old", complete = true)
        attempt(first, 1, "old", complete = true)
        commit(first)
        val second = open(scheme + out, "b", overwrite = true)
        attempt(second, 0, "new", complete = true)
        assert(parts(out).values.toSet == Set("old") && open(scheme + out).state == State.UNCHANGED)
        commit(second)
        assert(parts(out) == Map("00000.parquet" -> "new"))
        assert(open(scheme + out, "b").state == State.UNCHANGED)
        assert(TestFiles.listing(out).size == 4)
      }

      it("refuses unfinished work of another job") {
        val out = Folders.create("folder").resolve("out")
        attempt(open(scheme + out), 0, "old", complete = true)
        val refused = intercept[io.varlen.InvalidInputException](open(scheme + out, "b"))
        assert(refused.getMessage.contains("unfinished work of another job: option is a there and b here"))
        assert(open(scheme + out, "b", overwrite = true).state == State.NEW)
      }

      it("names the files that were added, removed and changed since, of unfinished work, too") {
        def files(names: (String, Long)*) = new InputFiles(
          Seq("file:/in").asJava,
          names.map { case (name, size) => new InputFile(0, s"file:/in/$name", s"in/$name", size, 7) }.asJava,
          0,
          0
        )
        def opened(out: Path, now: InputFiles) = OutputFolder
          .open(hadoop, scheme + out, Fingerprint.of("pack", java.util.Map.of("option", "a"), now), now, false)
        val before = files("a" -> 1L, "b" -> 2L, "c" -> 3L)
        val after = files("b" -> 2L, "c" -> 4L, "d" -> 1L, "e" -> 1L, "f" -> 1L, "g" -> 1L)
        for (complete <- Seq(false, true)) {
          val out = Folders.create("folder").resolve("out")
          attempt(opened(out, before), 0, "old", complete = true)
          if (complete) commit(opened(out, before))
          val message = intercept[io.varlen.InvalidInputException](opened(out, after)).getMessage
          assert(
            message.contains(
              "(3 files, 6 bytes) there and file:/in (6 files, 10 bytes) here; name another folder, or --overwrite replaces it"
                + " (files of input 1: added /in/d, /in/e, /in/f and 1 more; removed /in/a; changed /in/c)"
            ),
            message
          )
          // what names them is no part of the output: without it, or with another one, the message says less
          val kept = TestFiles.listing(out).keys.filter(_.contains("inputs")).toSeq
          assert(kept.size == 1)
          for (damaged <- Seq("", "no gzip")) {
            TestFiles.write(out.resolve(kept.head), damaged)
            val less = intercept[io.varlen.InvalidInputException](opened(out, after)).getMessage
            assert(less.contains("(3 files, 6 bytes) there and") && !less.contains("added"), less)
          }
          assert(opened(out, before).state == (if (complete) State.UNCHANGED else State.CONTINUE))
        }
      }

      it("is not taken from a job that committed to it while another one ran") {
        val out = Folders.create("folder").resolve("out")
        val slow = open(scheme + out)
        val quick = open(scheme + out, "b")
        attempt(slow, 0, "slow", complete = true)
        attempt(quick, 0, "quick", complete = true)
        val units = slow.completeUnits
        commit(quick)
        for (late <- Seq(() => slow.completeUnits, () => slow.commit(units, (_, _) => fail("no manifest is made")))) {
          val refused = intercept[io.varlen.InvalidInputException](late())
          assert(refused.getMessage.contains("another job while this one ran: option is b there and a here"))
        }
        assert(parts(out) == Map("00000.parquet" -> "quick") && open(scheme + out, "b").state == State.UNCHANGED)
      }
    }

  it("leaves nothing half-written where its commit was killed, wherever that was") {
    val faulty = new Configuration()
    FaultyFileSystem.install(faulty)
    def opened(out: Path) = OutputFolder.open(faulty, s"faulty://$out", fingerprint("a"), inputs, false)
    val tokenizer = TokenizerSource.ofJson("t", "{}".getBytes(UTF_8), "{}".getBytes(UTF_8))
    var killed = 0
    var finished = false
    while (!finished) {
      val out = Folders.create("folder").resolve("out")
      for (unit <- 0 to 1) attempt(opened(out), unit, "data", complete = true)
      val folder = opened(out)
      finished = FaultyFileSystem
        .dyingAt(killed) {
          folder.keep(tokenizer)
          commit(folder)
        }
        .isDefined
      killed += 1
      val again = opened(out)
      if (again.state == State.CONTINUE) {
        again.keep(tokenizer)
        commit(again)
      }
      val names = TestFiles.listing(out).keys.toSeq
      withClue(s"killed at change ${killed - 1}: $names ") {
        assert(opened(out).state == State.UNCHANGED && names.size == 7)
      }
    }
    assert(killed > 8)
  }

  describe("a fingerprint") {
    it("changes with command, options, and any file's path, size or time, and says so") {
      val base = fingerprint("a")
      def of(command: String, options: Map[String, String], file: InputFile) = Fingerprint.of(
        command,
        options.asJava,
        new InputFiles(Seq("file:/in").asJava, Seq(file).asJava, 0, 0)
      )
      val options = Map("option" -> "a")
      val same = of("pack", options, new InputFile(0, "file:/in", "in", 3, 7))
      assert(same == base && same.hex == base.hex && base.differences(same).isEmpty)
      val others = Seq(
        of("embed", options, new InputFile(0, "file:/in", "in", 3, 7)) -> "the command is pack there and embed here",
        of(
          "pack",
          options + ("more" -> "x"),
          new InputFile(0, "file:/in", "in", 3, 7)
        ) -> "more is not given there and x here",
        of("pack", options, new InputFile(0, "file:/in", "in", 3, 8)) -> "have changed since",
        of("pack", options, new InputFile(0, "file:/in2", "in", 3, 7)) -> "have changed since",
        of("pack", options, new InputFile(0, "file:/in", "in", 4, 7)) -> "(1 file, 3 bytes) there"
      )
      others.foreach { case (other, difference) =>
        assert(other.hex != base.hex)
        assert(base.differences(other).size == 1 && base.differences(other).get(0).contains(difference))
      }
    }
  }
}
