package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.packing.{Overflow, PackedRow, PackingRules, PackingStrategy, RowLimits, SpecialTokensPolicy}
import io.varlen.spark.dataset.{JsonSchema, PackedDataset}
import io.varlen.spark.input.{BadRecordPolicy, InputFormat, InputOptions}
import io.varlen.spark.{FaultyFileSystem, Folders, LocalSpark, TestFiles}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Documents that are added to a packed dataset. */
class AppendSpec extends AnyFunSpec {
  private val seed = Random.nextLong()
  private val groups = 2

  private def dataset(folder: Path): PackedDataset =
    PackedDataset.open(LocalSpark.context.hadoopConfiguration(), folder.toString)

  private def options(
      in: Seq[Path],
      out: String,
      seqLen: Int,
      overflow: String,
      bad: BadRecordPolicy,
      packingSeed: Long = 0
  ) =
    new PackOptions(
      new InputOptions(in.map(_.toString).asJava, InputFormat.JSONL),
      WordTokenizer.Source,
      new PackingRules(PackingStrategy.BFD, RowLimits.ofLength(seqLen), Overflow.ofName(overflow)),
      out,
      SpecialTokensPolicy.NONE,
      null,
      packingSeed,
      0,
      java.util.Set.of(),
      bad,
      false,
      false
    )

  private def pack(in: Seq[Path], out: String, seqLen: Int = 16, overflow: String = "split"): JobReport = {
    val job = options(in, out, seqLen, overflow, BadRecordPolicy.QUARANTINE)
    new PackJob(LocalSpark.session, job, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run()
  }

  private def append(
      in: Seq[Path],
      out: String,
      seqLen: Int = 16,
      overflow: String = "split",
      packingSeed: Long = 0
  ): JobReport = {
    val job = options(in, out, seqLen, overflow, BadRecordPolicy.QUARANTINE, packingSeed)
    new AppendJob(LocalSpark.session, job, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run()
  }

  private def corpus(name: String, documents: Int = 60, bad: Boolean = true): Path = {
    val random = new Random(seed + name.hashCode)
    val lines = (0 until documents).map { i =>
      val length = if (i % 10 == 0) random.nextInt(60) else random.nextInt(12)
      s"""{"id": "$name$i", "text": "${Seq.fill(length)("x" * (1 + random.nextInt(90))).mkString(" ")}"}\n"""
    }
    val wrong = if (bad) s"""{"id": "$name-bad", "text": 7}\n""" else ""
    TestFiles.write(Folders.create("in").resolve(s"$name.jsonl"), lines.mkString + wrong)
  }

  private def folder(): Path = Folders.create("append").resolve("out")

  private def rows(folder: Path): Seq[PackedRow] = {
    val packed = dataset(folder)
    packed.manifest.parts.asScala.toSeq.flatMap { part =>
      val stored = packed.read(part)
      try stored.asScala.map(_.toPackedRow(packed.rowCheck)).toList
      finally stored.close()
    }
  }

  private def tokens(folder: Path): Map[String, Seq[Int]] = rows(folder)
    .flatMap { row =>
      row.segments.asScala.zipWithIndex.map { case (segment, i) =>
        (segment.docId, segment.chunk, row.inputIds.slice(row.cuSeqlens.start(i), row.cuSeqlens.end(i)).toSeq)
      }
    }
    .groupBy(_._1)
    .map { case (id, pieces) => id -> pieces.sortBy(_._2).flatMap(_._3) }

  private def requireSound(folder: Path): Unit = {
    val manifest = JsonSchema.read(Files.readString(folder.resolve("_varlen/manifest.json")))
    assert(JsonSchema.violations(JsonSchema.ofManifest, manifest) == Nil)
    val report = new VerifyJob(LocalSpark.session, new VerifyOptions(folder.toString), JobProgress.NONE).run()
    assert(report.findings.isEmpty, report.findings)
  }

  private def parts(folder: Path): Map[String, Seq[Byte]] =
    TestFiles
      .listing(folder)
      .keys
      .filter(_.endsWith(".parquet"))
      .map { name =>
        name -> Files.readAllBytes(folder.resolve(name)).toSeq
      }
      .toMap

  private def refusal(body: => Any): String = {
    val message = intercept[InvalidInputException](body).getMessage
    assert(!message.contains("\n"), message)
    message
  }

  describe("documents that are appended") {
    it("are in new rows behind those that are there, which stay as they are") {
      info(s"seed $seed")
      val (a, b, c) = (corpus("a"), corpus("b"), corpus("c"))
      for (overflow <- Seq("split", "split-overlap 2", "drop", "truncate-tail")) {
        val out = folder()
        val first = pack(Seq(a), out.toString, overflow = overflow)
        val before = parts(out)
        val rowsBefore = rows(out)
        val second = append(Seq(b), out.toString, overflow = overflow)
        assert(before.forall { case (name, bytes) => parts(out)(name) == bytes })
        append(Seq(c), out.toString, overflow = overflow, packingSeed = 9)
        requireSound(out)
        val all = rows(out)
        assert(all.map(_.rowId) == all.indices && all.take(rowsBefore.size).map(_.rowId) == rowsBefore.map(_.rowId))
        val together = folder()
        pack(Seq(a, b, c), together.toString, overflow = overflow)
        assert(tokens(out) == tokens(together))
        val (packing, expected) = (dataset(out).manifest.packing, dataset(together).manifest.packing)
        assert(packing.ledger == expected.ledger && packing.sources == expected.sources)
        assert(packing.documents.toHistogram == expected.documents.toHistogram)
        assert(packing.lengths.toHistogram == expected.lengths.toHistogram)
        for ((id, source) <- Seq("a1" -> 0, "b1" -> 1, "c1" -> 2); row <- all; segment <- row.segments.asScala)
          if (segment.docId == id) assert(segment.source == source)
        assert(second.figures.get("documents") == 2 * first.figures.get("documents").asInstanceOf[Long])
        for (list <- Seq("empty", "quarantine", "dropped")) {
          def lines(of: Path) = Option(of.resolve(s"_varlen/$list"))
            .filter(Files.exists(_))
            .map(Files.list(_).iterator.asScala.flatMap(Files.readAllLines(_).asScala).toSet)
          assert(lines(out) == lines(together), list)
        }
      }
    }

    it("are there once, however often they are appended, and pack takes the dataset for what it is") {
      val (a, b) = (corpus("a"), corpus("b"))
      val out = folder()
      pack(Seq(a), out.toString)
      append(Seq(b), out.toString)
      val before = TestFiles.listing(out)
      assert(append(Seq(b), out.toString).unchanged && TestFiles.listing(out) == before)
      val again = refusal(pack(Seq(a), out.toString))
      assert(again.contains("61 documents were appended to it since"), again)
      val renamed = Files.copy(b, b.resolveSibling("renamed.jsonl"))
      val repeated = refusal(append(Seq(renamed), out.toString))
      assert(repeated.contains("document b") && repeated.contains("is in") && repeated.contains("59 more"), repeated)
      assert(TestFiles.listing(out) == before)
      requireSound(out)
    }

    it("are refused where they would be packed in another way, or where there is no dataset") {
      val out = folder()
      pack(Seq(corpus("a")), out.toString)
      val other = refusal(append(Seq(corpus("b")), out.toString, seqLen = 17, overflow = "drop"))
      assert(other.contains("overflow is split there and drop here, seq-len is 16 there and 17 here"), other)
      assert(refusal(append(Seq(corpus("b")), folder().toString)).contains("is not a packed dataset"))
      requireSound(out)
    }

    it("may come after removals, go again, and be packed anew") {
      val out = folder()
      pack(Seq(corpus("a", bad = false)), out.toString)
      def remove(ids: String*) = {
        val list = TestFiles.write(Folders.create("ids").resolve("ids.txt"), ids.map(_ + "\n").mkString)
        new RemoveJob(
          LocalSpark.session,
          new RemoveOptions(out.toString, list.toString, MissingIds.FAIL),
          JobProgress.NONE
        ).run()
      }
      remove("a3", "a10", "a20")
      requireSound(out)
      append(Seq(corpus("b", bad = false)), out.toString)
      requireSound(out)
      val all = tokens(out)
      remove("b10", "a7")
      requireSound(out)
      assert(rows(out).map(_.rowId).distinct.size == rows(out).size)
      val left = tokens(out)
      assert(left == all -- Seq("b10", "a7") && Seq("a3", "a10", "a20").forall(!left.contains(_)))
      val again = folder()
      val packed = dataset(out)
      val job = new PackOptions(
        packed.asInput,
        WordTokenizer.Source,
        PackingRules.ofLength(40),
        again.toString,
        SpecialTokensPolicy.NONE,
        null,
        0,
        0,
        java.util.Set.of(),
        BadRecordPolicy.FAIL,
        false,
        false
      )
      new PackJob(LocalSpark.session, job, JobProgress.NONE, WordTokenizer.Provider, (_, _) => groups).run()
      assert(tokens(again) == left)
      requireSound(again)
      val planned =
        new PlanJob(LocalSpark.session, new PlanOptions(out.toString, Seq(PackingRules.ofLength(40)).asJava))
          .run()
          .forecasts
          .get(0)
      assert(planned.documents == left.size && planned.packedTokens == left.values.map(_.size).sum)
    }

    it("are there or not, wherever a run is killed")(LocalSpark.quietly {
      FaultyFileSystem.install(LocalSpark.context.hadoopConfiguration())
      val (a, b) = (corpus("a", 20), corpus("b", 20))
      val whole = folder()
      pack(Seq(a), whole.toString)
      val before = tokens(whole)
      append(Seq(b), whole.toString)
      val after = tokens(whole)
      var fault = Random.nextInt(3)
      var finished = false
      var there = 0
      while (!finished) {
        val out = folder()
        pack(Seq(a), out.toString)
        finished = FaultyFileSystem.dyingAt(fault)(append(Seq(b), s"faulty://$out")).isDefined
        val found = tokens(out)
        assert(found == before || found == after, s"fault at change $fault")
        there += (if (found == after) 1 else 0)
        append(Seq(b), s"faulty://$out")
        assert(tokens(out) == after, s"fault at change $fault")
        requireSound(out)
        assert(!Files.exists(out.resolve("_varlen/staging")), s"fault at change $fault")
        fault += 3
      }
      assert(fault > 30 && there > 0, s"$fault changes")
    })
  }
}
