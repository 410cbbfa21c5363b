package io.varlen.spark.job

import io.varlen.spark.{FaultyFileSystem, Folders, ForkedJvm, LocalSpark}
import org.apache.spark.sql.SparkSession
import org.scalatest.Assertions.assert

import java.nio.file.Path

/** A job of many units that is run in a JVM that ends, with nothing closed, while it writes. For objects: their `main`
  * is that JVM's.
  */
trait KilledJob {

  /** Runs the whole job. */
  protected def run(spark: SparkSession, input: Path, output: String): JobReport

  /** Kills the job before a change of its output, when units are complete, and goes on with it here, on another number
    * of cores, to the same files as in `whole`.
    */
  def assertContinued(input: Path, whole: Path, changes: Int): Unit = {
    val spark = LocalSpark.session
    val out = Folders.create("killed").resolve("out")
    FaultyFileSystem.install(spark.sparkContext.hadoopConfiguration)
    val main = Class.forName(getClass.getName.stripSuffix("$"))
    val outcome = ForkedJvm.run(main, input.toString, s"faulty://$out", changes.toString)
    assert(outcome.status == KilledJob.Status && EmbedJobSpec.finishedUnits(out).nonEmpty, outcome.output)
    run(spark, input, s"faulty://$out")
    assert(EmbedJobSpec.digests(spark, out) == EmbedJobSpec.digests(spark, whole))
  }

  def main(args: Array[String]): Unit = {
    val Array(input, output, changes) = args
    val spark = EmbedJobSpec.session("local[2]")
    FaultyFileSystem.install(spark.sparkContext.hadoopConfiguration)
    FaultyFileSystem.changing(changes.toInt, () => Runtime.getRuntime.halt(KilledJob.Status)) {
      run(spark, Path.of(input), output)
    }
  }
}

object KilledJob {
  private val Status = 137
}
