package io.varlen.spark.internal

import io.varlen.spark.{ForkedJvm, LocalSpark}
import java.nio.file.{Files, Path}
import org.apache.spark.HashPartitioner
import org.apache.spark.api.java.function.PairFlatMapFunction
import org.apache.spark.util.LongAccumulator
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

class OncePerPartitionSpec extends AnyFunSpec {
  it("takes each partition once, however often its task succeeds") {
    val (total, attempt) = (OncePerPartitionSpec.counter(), OncePerPartitionSpec.counter())
    attempt.add(5L) // outside of tasks the partition is 0
    total.merge(attempt)
    total.merge(attempt)
    assert(total.value == 5)
    val copy = total.copy()
    copy.reset()
    assert(copy.isZero && copy.value == null && total.value == 5)
  }

  it("counts a map stage once though the shuffle's files are lost and its tasks run again") {
    val outcome = ForkedJvm.run(classOf[LostShuffleFilesApp])
    assert(outcome.status == 0, outcome.output)
    assert(outcome.value("first") == "100 7 5050" && outcome.value("again") == "100 7 5050")
    val Array(count, runs, total) = outcome.value("lost").split(' ')
    assert(count == "100" && runs.toInt > 7 && total == "5050")
  }
}

/** In a JVM of its own, because Spark gives up the executor whose shuffle's files are lost, and a local one never comes
  * back.
  */
class LostShuffleFilesApp

object LostShuffleFilesApp {
  def main(args: Array[String]): Unit = {
    val total = OncePerPartitionSpec.counter()
    val runs = LocalSpark.session.sparkContext.longAccumulator
    val shuffled = LocalSpark.context
      .parallelize((1 to 100).map(Int.box).asJava, 7)
      .mapPartitionsToPair(new OncePerPartitionSpec.Numbered(total, runs))
      .partitionBy(new HashPartitioner(3))
    def told(what: String): Unit = println(s"$what=${shuffled.count()} ${runs.value} ${total.value}")
    told("first")
    told("again")
    deleteShuffleFiles()
    told("lost")
    LocalSpark.session.stop()
  }

  private def deleteShuffleFiles(): Unit = {
    val files = Files.walk(Path.of(LocalSpark.session.conf.get("spark.local.dir")))
    try files.iterator().asScala.filter(_.getFileName.toString.startsWith("shuffle_")).foreach(Files.delete)
    finally files.close()
  }
}

object OncePerPartitionSpec {
  type Counter = OncePerPartition[java.lang.Long]

  def counter(): Counter = {
    val made = new Counter(new Sum)
    LocalSpark.session.sparkContext.register(made)
    made
  }

  /** Classes, because not every lambda of Scala 2.12 can be sent. */
  final class Sum extends OncePerPartition.Merger[java.lang.Long] {
    override def apply(a: java.lang.Long, b: java.lang.Long): java.lang.Long = a + b
  }

  final class Numbered(total: Counter, runs: LongAccumulator)
      extends PairFlatMapFunction[java.util.Iterator[Integer], Integer, Integer] {
    override def call(numbers: java.util.Iterator[Integer]): java.util.Iterator[(Integer, Integer)] = {
      val all = numbers.asScala.toList
      total.add(all.map(_.longValue).sum)
      runs.add(1)
      all.map(number => (number, number)).iterator.asJava
    }
  }
}
