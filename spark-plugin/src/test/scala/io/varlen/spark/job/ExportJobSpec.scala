package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.spark.`export`.ExportFormat
import io.varlen.spark.input.{DocumentColumns, InputFormat}
import io.varlen.spark.{FaultyFileSystem, Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** What becomes of an export's input and output, whatever the format. */
class ExportJobSpec extends AnyFunSpec {
  private val formats = ExportFormat.values.toSeq
  private lazy val packed = ExportedDataset.random(new Random(1), masked = true)
  private lazy val other = ExportedDataset.random(new Random(2), masked = false)

  private def folder(): Path = Folders.create("export").resolve("out")

  private def contents(format: ExportFormat, of: ExportedDataset): Map[String, Seq[Byte]] =
    ExportedDataset.contents(of.exported(format)._1)

  /** Without what differs by the output's place, which is nothing. */
  private lazy val expected = formats.map(format => format -> contents(format, packed)).toMap

  /** Apart from an assertion, whose message would be all bytes. */
  private def same(there: Map[String, Seq[Byte]], wanted: Map[String, Seq[Byte]]): Boolean =
    there == wanted

  private def refusal(body: => Any): String = {
    val message = LocalSpark.quietly(intercept[InvalidInputException](body)).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  describe("an output") {
    for (format <- formats)
      it(s"in ${format.optionName} that is there, complete, is left alone") {
        val out = folder()
        val first = packed.exportTo(format, out.toString)
        assert(first.command == "export" && !first.unchanged)
        assert(first.figures.asScala.keys.toSeq == ExportJobSpec.Figures)
        assert(first.figures.get("format") == format.optionName)
        val listing = TestFiles.listing(out)
        assert(!listing.keySet.exists(_.endsWith(".crc")) && !Files.exists(out.resolve("_varlen/staging")))
        val second = packed.exportTo(format, out.toString)
        assert(second.unchanged && second.toJson.endsWith("\"unchanged\":true}"))
        assert(second.figures.get("tokens").toString == first.figures.get("tokens").toString)
        assert(packed.exportTo(format, out.toString, overwrite = true).unchanged)
        assert(TestFiles.listing(out) == listing)
        assert(same(ExportedDataset.contents(out), expected(format)))
      }

    it("of another format or another dataset is refused, saying what differs, and replaced under --overwrite") {
      val out = folder()
      for ((format, next) <- formats.zip(formats.tail :+ formats.head)) {
        packed.exportTo(format, out.toString, overwrite = true)
        assert(same(ExportedDataset.contents(out), expected(format)))
        val before = TestFiles.listing(out)
        val message = refusal(packed.exportTo(next, out.toString))
        assert(message.contains(s"format is ${format.optionName} there and ${next.optionName} here"), message)
        assert(refusal(other.exportTo(format, out.toString)).contains("packed-digest is"))
        assert(TestFiles.listing(out) == before)
        other.exportTo(format, out.toString, overwrite = true)
        assert(ExportedDataset.contents(out).keySet.intersect(expected(format).keySet).forall(_.endsWith(".json")))
        assert(same(ExportedDataset.contents(out), contents(format, other)))
      }
    }

    it("with a file that is missing or cut short is not called complete") {
      for (format <- formats) {
        val out = folder()
        packed.exportTo(format, out.toString)
        val damaged = ExportedDataset.files(out).filterNot(_.toString.endsWith(".json"))
        val file = damaged(Random.nextInt(damaged.size))
        if (Random.nextBoolean()) Files.delete(file) else Files.write(file, Files.readAllBytes(file).dropRight(1))
        assert(refusal(packed.exportTo(format, out.toString)).contains("cut short"), file)
        packed.exportTo(format, out.toString, overwrite = true)
        assert(same(ExportedDataset.contents(out), expected(format)), file)
      }
    }

    it("whose index is gone or another's gets it back") {
      for (
        (format, index) <- Seq(
          ExportFormat.MDS -> "index.json",
          ExportFormat.MEGATRON_BRIDGE -> "packed_metadata.json"
        )
      ) {
        val out = folder()
        packed.exportTo(format, out.toString)
        for (damage <- Seq[Path => Any](Files.delete(_), Files.writeString(_, "{}"))) {
          damage(out.resolve(index))
          assert(packed.exportTo(format, out.toString).unchanged)
          assert(same(ExportedDataset.contents(out), expected(format)))
        }
      }
    }

    it("is not where the input is") {
      val in = packed.folder
      val listing = TestFiles.listing(in)
      val link = Folders.create("export").resolve("link")
      Files.createSymbolicLink(link, in)
      for (overwrite <- Seq(false, true)) {
        def message(out: String) = refusal(packed.exportTo(ExportFormat.TRL, out, overwrite))
        assert(message(in.toString).contains("is the --input"))
        assert(message(s"$in/../${in.getFileName}/").contains("is the --input"))
        assert(message(s"$in/below/it").contains("lies in the --input"))
        assert(message(link.toString).contains("is the --input"))
        assert(message(s"$link/below").contains("lies in the --input"))
        assert(message(in.getParent.toString).contains("holds the --input"))
      }
      assert(TestFiles.listing(in) == listing)
    }

    it("that is not ours is never touched") {
      val out = Folders.create("export")
      TestFiles.write(out.resolve("precious.txt"), "mine")
      for (overwrite <- Seq(false, true))
        assert(
          refusal(packed.exportTo(ExportFormat.MDS, out.toString, overwrite)).contains("not the output of a varlen job")
        )
      assert(TestFiles.listing(out).keySet == Set("precious.txt"))
    }
  }

  describe("an input") {
    def exported(in: String) = {
      val options = new ExportOptions(in, ExportFormat.JSONL, folder().toString, false)
      new ExportJob(LocalSpark.session, options, JobProgress.NONE, WordTokenizer.Provider).run()
    }

    it("that is not a packed dataset is refused") {
      assert(refusal(exported("/no/such/folder")).contains("does not exist"))
      assert(refusal(exported(Folders.create("nothing").toString)).contains("is not a packed dataset"))
      val (out, _) = packed.exported(ExportFormat.TRL)
      assert(refusal(exported(out.toString)).contains("it is the output of export"))
    }

    /** A copy to damage, with the part that has the most rows. */
    def copy(): (Path, Path) = {
      val to = folder()
      TestFiles.listing(packed.folder).keys.foreach { name =>
        Files.createDirectories(to.resolve(name).getParent)
        Files.copy(packed.folder.resolve(name), to.resolve(name))
      }
      to -> ExportedDataset.files(to).maxBy(Files.size(_))
    }

    it("with a part that is missing or is another's is refused") {
      val (missing, part) = copy()
      Files.delete(part)
      assert(refusal(exported(missing.toString)).contains(part.getFileName.toString))
      val (swapped, one) = copy()
      val two = ExportedDataset.files(swapped).find(_ != one).get
      Files.write(two, Files.readAllBytes(one))
      assert(refusal(exported(swapped.toString)).contains("is damaged"))
      // as many rows with checksums of their own, but not this dataset's
      val same = ExportedDataset.random(new Random(9), masked = true, documents = 1, groups = 1)
      val different = ExportedDataset.random(new Random(10), masked = true, documents = 1, groups = 1)
      val (of, by) = (ExportedDataset.files(same.folder), ExportedDataset.files(different.folder))
      Files.write(of.head, Files.readAllBytes(by.head))
      assert(refusal(exported(same.folder.toString)).matches(".*damaged.*(digest|shape|input_ids|checksum).*"))
    }

    it("with a row that was edited is refused, naming the row") {
      val (edited, part) = copy()
      val rows = LocalSpark.session.read.parquet(part.toString)
      val names = rows.columns.map { name =>
        if (name == "input_ids") "transform(input_ids, (id, i) -> if(i = 0, id + 1, id)) as input_ids" else name
      }
      val written = Folders.create("edited").resolve("out")
      rows.repartition(1).selectExpr(names.toSeq: _*).write.parquet(written.toString)
      val file = Files.list(written).iterator().asScala.find(_.toString.endsWith(".parquet")).get
      Files.write(part, Files.readAllBytes(file))
      val message = refusal(exported(edited.toString))
      assert(message.matches("row 0 \\(row_id \\d+\\) of part-.* its checksum is not that of its contents.*"), message)
    }

    it("with parts that have no rows has no files for them") {
      val in = TestFiles.write(Folders.create("in").resolve("in.jsonl"), """{"id": "a", "ids": [1, 2]}""" + "\n")
      val small = ExportedDataset.pack(in, DocumentColumns.tokens("ids", null), InputFormat.JSONL, 8, 5)
      assert(small.parts.size == 5 && small.rows.size == 1)
      for (format <- formats) {
        val (out, report) = small.exported(format)
        assert(report.figures.get("rows") == 1L, format)
        val prefixes = ExportedDataset.files(out).map(out.relativize(_).toString).filter(_.startsWith("part-"))
        assert(prefixes.map(_.take(19)).distinct.size == 1, prefixes)
      }
    }
  }

  describe("a run that is killed") {
    FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())

    for (format <- formats)
      it(s"while it writes ${format.optionName} is continued to the same files")(LocalSpark.quietly {
        var fault = Random.nextInt(3)
        var finished = false
        var reused = 0
        while (!finished) {
          val out = Folders.create("killed").resolve("out")
          finished = FaultyFileSystem.dyingAt(fault)(packed.exportTo(format, s"faulty://$out")).isDefined
          reused += TestFiles.listing(out).keys.count(_.contains("/units/unit-"))
          assert(Files.exists(out.resolve("_varlen/manifest.json")) || !finished)
          if (!finished) FaultyFileSystem.dyingAt(fault / 2 + 1)(packed.exportTo(format, s"faulty://$out"))
          packed.exportTo(format, s"faulty://$out")
          assert(same(ExportedDataset.contents(out), expected(format)), s"fault at change $fault")
          assert(!Files.exists(out.resolve("_varlen/staging")), s"fault at change $fault")
          fault += 3
        }
        assert(fault > 20 && reused > 3, s"$fault faults, $reused units used again")
      })

    it("while it replaces an export leaves one whole, whichever is asked for next")(LocalSpark.quietly {
      val pairs = Seq(
        (ExportFormat.MDS, packed, ExportFormat.MDS, other),
        (ExportFormat.MDS, packed, ExportFormat.MEGATRON_BRIDGE, packed),
        (ExportFormat.MEGATRON, other, ExportFormat.MDS, packed)
      )
      for ((oldFormat, oldInput, newFormat, newInput) <- pairs) {
        val (oldFiles, newFiles) = (contents(oldFormat, oldInput), contents(newFormat, newInput))
        var fault = Random.nextInt(3)
        var finished = false
        while (!finished) {
          val out = Folders.create("killed").resolve("out")
          val url = s"faulty://$out"
          oldInput.exportTo(oldFormat, url)
          finished = FaultyFileSystem.dyingAt(fault)(newInput.exportTo(newFormat, url, overwrite = true)).isDefined
          val there = ExportedDataset.contents(out)
          // indexes apart, all files of one of both are there
          val whole = Seq(oldFiles, newFiles).filter(_.forall { case (name, bytes) =>
            name.endsWith(".json") || there.get(name).contains(bytes)
          })
          assert(whole.nonEmpty, s"fault at change $fault")
          val back = Random.nextBoolean()
          if (back) oldInput.exportTo(oldFormat, url, overwrite = true)
          else newInput.exportTo(newFormat, url, overwrite = true)
          val wanted = if (back) oldFiles else newFiles
          assert(same(ExportedDataset.contents(out), wanted), s"fault at change $fault, $back")
          fault += 3
        }
        assert(fault > 20)
      }
    })
  }
}

object ExportJobSpec {
  private val Figures = Seq("format", "rows", "segments", "tokens", "files", "bytes", "seconds", "tokens_per_second")
}
