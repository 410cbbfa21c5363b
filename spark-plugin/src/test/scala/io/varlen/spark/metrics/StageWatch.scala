package io.varlen.spark.metrics

import io.varlen.spark.LocalSpark
import org.apache.spark.scheduler.{SparkListener, SparkListenerStageCompleted}

import scala.collection.mutable

/** What Spark's web page shows of the stages that end while it looks: our accumulators' values by their names. */
class StageWatch extends SparkListener {
  private val stages = mutable.Buffer.empty[Map[String, String]]

  override def onStageCompleted(stage: SparkListenerStageCompleted): Unit = stages.synchronized {
    val named = for {
      accumulator <- stage.stageInfo.accumulables.values
      name <- accumulator.name if name.startsWith("varlen ")
      value <- accumulator.value
    } yield name.stripSuffix(StageWatch.Attempts) -> value.toString
    stages += named.toMap
  }

  private def counted: Seq[Map[String, String]] = stages.synchronized(stages.filter(_.nonEmpty).toSeq)
}

object StageWatch {
  val Attempts = " (attempts included)"

  /** The accumulators of the stages that `body` runs, one map for each stage that has counted anything. */
  def during(body: => Unit): Seq[Map[String, String]] = {
    val watch = new StageWatch
    val context = LocalSpark.session.sparkContext
    context.addSparkListener(watch)
    try {
      body
      val bus = context.getClass.getMethod("listenerBus").invoke(context)
      bus.getClass.getMethod("waitUntilEmpty").invoke(bus)
      watch.counted
    } finally context.removeSparkListener(watch)
  }
}
