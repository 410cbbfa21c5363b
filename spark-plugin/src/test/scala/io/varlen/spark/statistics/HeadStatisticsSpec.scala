package io.varlen.spark.statistics

import io.varlen.attention.{AttentionListener, AttentionTrace, OutOfDeviceMemoryException, Tensor}
import io.varlen.mask.Mask
import io.varlen.model.{PackedBatch, Transformer}
import io.varlen.spark.TinyLlama
import io.varlen.spark.engine.{Compute, Engine}
import org.scalatest.funspec.AnyFunSpec

import scala.collection.mutable.ArrayBuffer
import scala.util.Random

class HeadStatisticsSpec extends AnyFunSpec {
  private val compute = Compute.on("cpu")

  /** On a device with room for so many tokens, which finds out in the last layer, when the others have been looked at.
    */
  private class Small(room: Int) extends Transformer {
    private val model = Engine.get.transformer(TinyLlama.model, compute)
    val computed: ArrayBuffer[Int] = ArrayBuffer()

    override def forward(batch: PackedBatch, listener: AttentionListener): Tensor = {
      val tokens = batch.inputIds.length
      val states = model.forward(
        batch,
        (layer, mask, call) => {
          listener.attention(layer, mask, call)
          if (layer == layers - 1 && tokens > room) throw new OutOfDeviceMemoryException("no room")
        }
      )
      computed += tokens
      states
    }
    override def hiddenSize: Int = model.hiddenSize
    override def layers: Int = model.layers
    override def heads: Int = model.heads
    override def maxPositions: Int = model.maxPositions
    override def vocabularySize: Int = model.vocabularySize
    override def masks: java.util.Map[String, Mask] = model.masks
    override def close(): Unit = ()
  }

  private val dice = new Random(7)
  private val rows = for (i <- 0 until 9) yield {
    val lengths = Seq.fill(1 + dice.nextInt(3))(1 + dice.nextInt(9))
    val ids = Array.fill(lengths.sum)(dice.nextInt(TinyLlama.Vocabulary))
    new TokenRow(s"row $i", ids, lengths.scanLeft(0)(_ + _).toArray)
  }
  private val longest = rows.map(_.ids.length).max

  private def sums(model: Transformer, budget: Int): HeadSums = {
    val statistics =
      new HeadStatistics(model, Engine.get.backend(compute), 4, true, budget, AttentionTrace.OFF)
    rows.foreach(statistics.add)
    statistics.finish()
  }

  it("counts each row once where a batch is computed in parts for want of memory") {
    val whole = new Small(Int.MaxValue)
    val expected = sums(whole, 1000)
    assert(whole.computed.size == 1)
    for (room <- Seq(longest, 2 * longest, rows.map(_.ids.length).sum - 1)) {
      val small = new Small(room)
      assert(sums(small, 1000).toJson == expected.toJson, room)
      assert(small.computed.size > 1 && small.computed.sum == expected.queries)
    }
  }

  it("fails where one row alone is too much") {
    intercept[OutOfDeviceMemoryException](sums(new Small(longest - 1), 1000))
  }
}
