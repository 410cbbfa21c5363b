package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.spark.dataset.PackedDataset
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.{FaultyFileSystem, Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

class PackLifeCycleSpec extends AnyFunSpec {
  private val groups = 3

  private lazy val corpus: Path = {
    val lines = (0 until 120).map(i => ("word " * (i * 7 % 53)) + "x" * (1 + i % 9))
    TestFiles.write(Folders.create("corpus").resolve("lines.txt"), lines.mkString("\n"))
  }

  private def options(output: String, seqLen: Int = 64, overwrite: Boolean = false, in: Path = corpus) = {
    val input = new InputOptions(Seq(in.toString).asJava, InputFormat.LINES)
    val plain = new PackOptions(input, WordTokenizer.Source, seqLen, output)
    new PackOptions(
      plain.input,
      plain.tokenizer,
      plain.rules,
      output,
      plain.specialTokens,
      plain.padId,
      plain.seed,
      plain.epoch,
      plain.emit,
      plain.badRecords,
      overwrite,
      false
    )
  }

  private def run(options: PackOptions, progress: JobProgress = JobProgress.NONE): JobReport =
    new PackJob(LocalSpark.session, options, progress, WordTokenizer.Provider, (_, _) => groups).run()

  private def digest(report: JobReport) = report.figures.get("digest").toString

  private def refusal(options: PackOptions) = intercept[InvalidInputException](run(options)).getMessage

  private def dataset(output: String) = PackedDataset.open(LocalSpark.context.hadoopConfiguration(), output)

  /** Every row through Spark, as any user would read it. */
  private def sparkRows(output: Path): Set[(Long, Seq[Int])] = LocalSpark.session.read
    .parquet(output.toString)
    .select("row_id", "input_ids")
    .collect()
    .map(row => (row.getLong(0), row.getSeq[Int](1)))
    .toSet

  describe("an output") {
    it("that is there, complete, is left alone, byte for byte") {
      val out = Folders.create("cycle").resolve("out")
      val first = run(options(out.toString))
      val listing = TestFiles.listing(out)
      assert(listing.keySet.exists(_.startsWith("part-")))
      assert(!listing.keySet.exists(_.endsWith(".crc")) && !Files.exists(out.resolve("_varlen/staging")))
      val second = run(options(out.toString))
      assert(second.unchanged && second.figures.get("digest") == first.figures.get("digest"))
      assert(second.toJson.endsWith("\"unchanged\":true}"))
      assert(run(options(out.toString, overwrite = true)).unchanged)
      assert(TestFiles.listing(out) == listing)
      val report = Files.readString(out.resolve("_varlen/report.json"))
      assert(report.contains(digest(first)))
    }

    it("may be an empty folder") {
      val out = Folders.create("cycle")
      assert(!run(options(out.toString)).unchanged)
    }

    it("of another job is refused, saying what differs, and replaced under --overwrite") {
      val out = Folders.create("cycle").resolve("out")
      run(options(out.toString))
      val before = TestFiles.listing(out)
      val message = refusal(options(out.toString, seqLen = 32))
      assert(message.contains("seq-len is 64 there and 32 here") && message.contains("--overwrite"), message)
      assert(TestFiles.listing(out) == before)
      val replaced = run(options(out.toString, seqLen = 32, overwrite = true))
      assert(!replaced.unchanged)
      assert(
        TestFiles.listing(out).keySet.intersect(before.keySet) == Set("_varlen/manifest.json", "_varlen/report.json")
      )
      assert(sparkRows(out).size == replaced.figures.get("rows").asInstanceOf[Number].intValue)
      assert(sparkRows(out).forall(_._2.length == 32))
    }

    it("of input that has changed since is refused") {
      val in = TestFiles.write(Folders.create("cycle").resolve("in.txt"), "a b c\n")
      val out = Folders.create("cycle").resolve("out").toString
      run(options(out, in = in))
      TestFiles.write(in, "a b d\n")
      Files.setLastModifiedTime(in, java.nio.file.attribute.FileTime.fromMillis(1000))
      assert(refusal(options(out, in = in)).contains("have changed since"))
      TestFiles.write(in, "a b c d\n")
      val other = refusal(options(out, in = in))
      assert(other.contains("(1 file, 6 bytes) there") && other.contains(s"(files of input 1: changed $in)"), other)
      assert(other.contains("--overwrite replaces it") && !other.contains("--append"), other)
    }

    it("of input that files were added to since is refused, naming --append, which takes the new files alone") {
      val in = Folders.create("cycle").resolve("in")
      TestFiles.write(in.resolve("a.txt"), "a b c\n")
      val out = Folders.create("cycle").resolve("out").toString
      val first = run(options(out, in = in))
      TestFiles.write(in.resolve("b.txt"), "d e f\n")
      val message = refusal(options(out, in = in))
      assert(message.contains("; --append with the added files alone as --input adds them"), message)
      assert(message.endsWith(s" (files of input 1: added $in/b.txt)"), message)
      val otherwise = refusal(options(out, in = in, seqLen = 32))
      assert(otherwise.contains("added") && !otherwise.contains("--append"), otherwise)
      val more = options(out, in = in.resolve("b.txt"))
      val job =
        new AppendJob(LocalSpark.session, more, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups)
      assert(job.run().figures.get("documents") == 2L && first.figures.get("documents") == 1L)
    }

    it("that is not ours is never touched") {
      val out = Folders.create("cycle")
      TestFiles.write(out.resolve("precious.txt"), "mine")
      for (overwrite <- Seq(false, true))
        assert(refusal(options(out.toString, overwrite = overwrite)).contains("not the output of a varlen job"))
      assert(TestFiles.listing(out).keySet == Set("precious.txt"))
      assert(refusal(options(out.resolve("precious.txt").toString)).contains("is a file"))
    }

    it("with a part that is cut short is not called complete") {
      val out = Folders.create("cycle").resolve("out")
      val first = run(options(out.toString))
      val part = Files.list(out).iterator().asScala.find(_.toString.endsWith(".parquet")).get
      Files.write(part, Files.readAllBytes(part).dropRight(1))
      assert(refusal(options(out.toString)).contains("cut short"))
      assert(digest(run(options(out.toString, overwrite = true))) == digest(first))
      assert(run(options(out.toString)).unchanged)
    }
  }

  describe("a reader") {
    it("refuses a folder without a manifest, in one line") {
      val nowhere = Folders.create("cycle").resolve("nowhere").toString
      assert(intercept[InvalidInputException](dataset(nowhere)).getMessage.contains("does not exist"))
      val folder = Folders.create("cycle")
      assert(intercept[InvalidInputException](dataset(folder.toString)).getMessage.contains("_varlen/manifest.json"))
      TestFiles.write(folder.resolve("_varlen/manifest.json"), "{\"format\": 1")
      assert(intercept[InvalidInputException](dataset(folder.toString)).getMessage.contains("no manifest"))
      TestFiles.write(folder.resolve("_varlen/manifest.json"), "{\"format\": 2}")
      assert(intercept[InvalidInputException](dataset(folder.toString)).getMessage.contains("format 2"))
      TestFiles.write(folder.resolve("_varlen/manifest.json"), "{\"format\": 1}")
      assert(intercept[InvalidInputException](dataset(folder.toString)).getMessage.contains("lacks"))
    }

    it("gets the tokenizer back, or learns that its copy is not the one") {
      val out = Folders.create("cycle").resolve("out")
      run(options(out.toString))
      val source = dataset(out.toString).tokenizer
      assert(new String(source.json) == "{}" && source.sha256 == WordTokenizer.Source.sha256)
      val copy = out.resolve(dataset(out.toString).manifest.tokenizer.folder).resolve("tokenizer.json")
      TestFiles.write(copy, "{ }")
      assert(intercept[InvalidInputException](dataset(out.toString).tokenizer).getMessage.contains("SHA-256"))
    }
  }

  describe("a run that is killed") {
    FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())

    it("anywhere is continued to the same rows, and complete units are not made again")(LocalSpark.quietly {
      val expected = digest(run(options(Folders.create("cycle").resolve("out").toString)))
      var fault = scala.util.Random.nextInt(2)
      var finished = false
      var reused = 0
      while (!finished) {
        val out = Folders.create("killed").resolve("out")
        val url = s"faulty://$out"
        finished = FaultyFileSystem.dyingAt(fault)(run(options(url))).isDefined
        val units = TestFiles.listing(out).filter { case (name, _) =>
          name.contains("/units/unit-")
        }
        val sidecars = units.keySet.map(name => out.resolve(name)).map(path => Files.readString(path)).mkString
        val complete = TestFiles.listing(out).filter { case (name, _) =>
          name.contains("/data/") && sidecars.contains(Path.of(name).getFileName.toString)
        }
        // again: first with a second fault a little further on, then to the end
        if (!finished) FaultyFileSystem.dyingAt(fault / 2 + 1)(run(options(url)))
        val report = run(options(url))
        assert(digest(report) == expected, s"fault at change $fault")
        val rows = sparkRows(out)
        assert(rows.size == report.figures.get("rows").asInstanceOf[Number].intValue, s"fault at change $fault")
        assert(rows.map(_._1) == (0L until rows.size.toLong).toSet)
        val kept = TestFiles.listing(out).filter { case (name, _) => name.endsWith(".parquet") }.values.toSet
        assert(complete.values.forall(kept.contains), s"fault at change $fault")
        reused += complete.size
        assert(dataset(url).manifest.parts.size == groups)
        assert(!Files.exists(out.resolve("_varlen/staging")), s"fault at change $fault")
        fault += 2
      }
      assert(fault > 30 && reused > 3, s"$fault faults, $reused units used again")
    })

    it("may leave tasks behind that complete units while its successor is at work")(LocalSpark.quietly {
      val expected = digest(run(options(Folders.create("cycle").resolve("out").toString)))
      val (out, sidecars) = Iterator
        .from(10)
        .map { fault =>
          val out = Folders.create("killed").resolve("out")
          assert(FaultyFileSystem.dyingAt(fault)(run(options(s"faulty://$out"))).isEmpty)
          out -> TestFiles.listing(out).keys.filter(_.contains("/units/unit-")).map(out.resolve(_)).toSeq
        }
        .find(_._2.nonEmpty)
        .get
      val aside = Folders.create("aside")
      sidecars.foreach(file => Files.move(file, aside.resolve(file.getFileName)))
      val progress = new JobProgress {
        override def stage(name: String, total: Long, unit: String): Unit =
          if (name == "tokenize") sidecars.foreach(file => Files.move(aside.resolve(file.getFileName), file))
        override def advance(done: Long): Unit = ()
        override def note(line: String): Unit = ()
      }
      val report = run(options(s"faulty://$out"), progress)
      assert(digest(report) == expected)
      assert(sparkRows(out).map(_._1) == (0L until report.figures.get("rows").asInstanceOf[Number].longValue).toSet)
    })

    it("while it replaces an output leaves the old one whole until the new one is complete")(LocalSpark.quietly {
      var fault = scala.util.Random.nextInt(4)
      var finished = false
      while (!finished) {
        val out = Folders.create("killed").resolve("out")
        val url = s"faulty://$out"
        val old = run(options(url))
        finished = FaultyFileSystem.dyingAt(fault)(run(options(url, seqLen = 32, overwrite = true))).isDefined
        val found = dataset(url)
        val isOld = found.manifest.packing.digest == digest(old)
        assert(isOld || found.manifest.packing.seqLen == 32)
        found.manifest.parts.asScala.foreach { part =>
          val rows = found.read(part)
          try assert(rows.asScala.size == part.rows)
          finally rows.close()
        }
        // whichever job is run next, Spark sees the rows of that one and no others
        val next = if (fault % 2 == 0) options(url, overwrite = true) else options(url, seqLen = 32, overwrite = true)
        val report = run(next)
        assert(sparkRows(out).size == report.figures.get("rows").asInstanceOf[Number].intValue, s"fault at $fault")
        fault += 4
      }
      assert(fault > 30)
    })
  }
}
