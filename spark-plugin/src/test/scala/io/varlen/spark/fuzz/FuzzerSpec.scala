package io.varlen.spark.fuzz

import io.varlen.InvalidInputException
import io.varlen.spark.Folders
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.job.{JobProgress, PackJob, PackOptions}
import io.varlen.spark.{LocalSpark, TestFiles, TinyLlama}
import io.varlen.tokenizer.TokenizerSources
import org.scalatest.funspec.AnyFunSpec

import scala.jdk.CollectionConverters._

class FuzzerSpec extends AnyFunSpec {
  private val seed = scala.util.Random.nextLong()

  private def fuzz(targets: Seq[FuzzTarget], cases: Int, limitSeconds: Int = 20): Fuzzer.Result =
    new Fuzzer(targets, seed, Folders.create("fuzz"), limitSeconds).run(120, cases)

  private def target(body: Array[Byte] => Unit): FuzzTarget = new FuzzTarget {
    override val name = "planted"
    override val seeds = IndexedSeq("abcdefghijkl".getBytes)
    override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = mutator.bytes(seed, seeds)
    override def read(file: Array[Byte], told: String => Unit): Unit = if (!file.sameElements(seeds.head)) body(file)
  }

  private def find(body: Array[Byte] => Unit): String = {
    val finds = fuzz(Seq(target(body)), cases = 30, limitSeconds = 1).finds
    assert(finds.nonEmpty, s"seed $seed")
    finds.head.signature
  }

  describe("the fuzzer") {
    it("finds what a reader must not do") {
      assert(find(_ => throw new IllegalStateException("no")).startsWith("IllegalStateException"))
      assert(find(_ => throw new OutOfMemoryError("Java heap space")).startsWith("OutOfMemoryError"))
      def deep(n: Int): Int = if (n < 0) n else deep(n + 1) + 1
      assert(find(_ => println(deep(0))).startsWith("StackOverflowError"))
      assert(find(_ => throw new InvalidInputException(" ")).startsWith("a refusal without a word"))
      assert(find(bytes => if (bytes.length > 12) Thread.sleep(60000)).startsWith("hang"))
    }

    it("leaves refusals alone, counts them, and makes the same files of the same seed") {
      def run(): (Fuzzer.Result, Seq[Seq[Byte]]) = {
        val seen = Seq.newBuilder[Seq[Byte]]
        val result = fuzz(
          Seq(target { bytes =>
            seen += bytes.toSeq
            throw new InvalidInputException("no")
          }),
          50
        )
        (result, seen.result())
      }
      val (result, files) = run()
      assert(result.finds.isEmpty && result.cases("planted")._2 == files.size, s"seed $seed")
      assert(files.size > 30 && files == run()._2, s"seed $seed")
    }

    it("demands that readers take what is right") {
      val refusing = new FuzzTarget {
        override val name = "refusing"
        override val seeds = IndexedSeq(Array[Byte](1))
        override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = seed
        override def read(file: Array[Byte], told: String => Unit): Unit = throw new InvalidInputException("no")
      }
      assertThrows[AssertionError](fuzz(Seq(refusing), 1))
    }
  }

  describe("readers of what cannot be trusted") {
    it("take files or refuse them in one short line, in no time and little memory") {
      val lines = (0 until 60).map(i => "word " * (i % 11) + i).mkString("\n")
      val input = TestFiles.write(Folders.create("corpus").resolve("lines.txt"), lines)
      val packed = Folders.create("packed").resolve("out")
      val options = new PackOptions(
        new InputOptions(Seq(input.toString).asJava, InputFormat.LINES),
        TokenizerSources.resolve(TinyLlama.folder.toString),
        32,
        packed.toString
      )
      new PackJob(LocalSpark.session, options, JobProgress.NONE).run()
      val targets = FuzzTargets.all(packed, Folders.create("fuzzed"))
      val result = fuzz(targets, cases = 100 * targets.size)
      assert(result.finds.isEmpty, s"seed $seed: ${result.finds.mkString("\n")}")
      targets.foreach { target =>
        val (all, refused) = result.cases(target.name)
        assert(refused > 0 && refused <= all, s"${target.name}: $refused of $all refused; seed $seed")
      }
    }
  }
}
